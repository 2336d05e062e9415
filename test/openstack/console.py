# Opens the console of a server as noVNC does, and says what its display is called: console.py URL HOST PORT
import base64, os, socket, ssl, struct, sys
from urllib.parse import parse_qs, urlparse

url, host, port = sys.argv[1:]
path = parse_qs(urlparse(url).query)["path"][0]
trust = ssl.create_default_context(cafile=os.environ["OS_CACERT"])
connection = trust.wrap_socket(socket.create_connection((host, int(port)), 60), server_hostname=host)
said = connection.makefile("rb")
headers = {
    "Host": f"{host}:{port}",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    "Sec-WebSocket-Protocol": "binary",
}
lines = [f"GET /{path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
connection.sendall("\r\n".join(lines).encode())
status = said.readline()
if b" 101 " not in status:
    sys.exit(f"no WebSocket: {status}")
while said.readline().strip():
    pass


# Frames: https://www.rfc-editor.org/rfc/rfc6455#section-5.2
def send(data):
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    connection.sendall(bytes([0x82, 0x80 | len(data)]) + mask + masked)


waiting = b""


def take(count):
    global waiting
    while len(waiting) < count:
        kind, length = said.read(2)
        if length == 126:
            (length,) = struct.unpack(">H", said.read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", said.read(8))
        data = said.read(length)
        if kind & 15 == 8:
            sys.exit(f"closed: {data[2:].decode()}")
        waiting += data
    taken, waiting = waiting[:count], waiting[count:]
    return taken


# What a display says first: https://www.rfc-editor.org/rfc/rfc6143#section-7
take(12)
send(b"RFB 003.008\n")
take(take(1)[0])
send(b"\x01")
if take(4) != bytes(4):
    sys.exit("refused")
send(b"\x01")
take(20)
(length,) = struct.unpack(">I", take(4))
print(take(length).decode())
