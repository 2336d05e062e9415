"""A user at work who never tries again: api.py LOG

Each line of the log is a request: when it was sent, how many seconds its answer took, why it failed, and the name of what
it made. Requests are sent at fixed times, also while earlier ones wait.
"""

import json
import os
import ssl
import sys
import threading
import time
import urllib.request
import uuid

keystone = os.environ["OS_AUTH_URL"]
glance = os.environ["GLANCE_URL"] + "/v2"
trusted = ssl.create_default_context(cafile=os.environ["OS_CACERT"])
default = {"domain": {"id": "default"}}
user = {"name": "admin", "password": os.environ["OS_PASSWORD"], **default}
login = {
    "identity": {"methods": ["password"], "password": {"user": user}},
    "scope": {"project": {"name": "admin", **default}},
}
log = open(sys.argv[1], "a", buffering=1)


def ask(method, url, body=None, token="", content="application/json"):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": content, **({"X-Auth-Token": token} if token else {})}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30, context=trusted) as answer:
        return answer.headers, answer.read()


def noted(what, name, *request, **more):
    """Sends a request and writes down what became of it; None when it failed."""
    at, error, answer = time.time(), None, None
    try:
        answer = ask(*request, **more)
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
    line = {"what": what, "at": at, "seconds": time.time() - at, "error": error, "name": name}
    log.write(json.dumps(line) + "\n")
    return answer


def sign_in():
    return ask("POST", f"{keystone}/auth/tokens", {"auth": login})[0]["X-Subject-Token"]


def version():
    noted("version", None, "GET", f"{keystone}/")


def token():
    noted("token", None, "POST", f"{keystone}/auth/tokens", {"auth": login})


def project():
    name = f"load-{uuid.uuid4().hex}"
    noted("project", name, "POST", f"{keystone}/projects", {"project": {"name": name}}, token=own)


def image():
    name = str(uuid.uuid4())
    made = {"id": name, "name": "load", "disk_format": "raw", "container_format": "bare"}
    if noted("image", None, "POST", f"{glance}/images", made, token=own) is None:
        return
    data, binary = os.urandom(1 << 18), "application/octet-stream"
    noted("upload", name, "PUT", f"{glance}/images/{name}/file", data, token=own, content=binary)


own = None
while own is None:
    try:
        own = sign_in()
    except Exception as problem:
        print(problem, flush=True)
        time.sleep(1)
for work in [version, token, project, image]:

    def repeat(work=work):
        while True:
            threading.Thread(target=work, daemon=True).start()
            time.sleep(5)

    threading.Thread(target=repeat).start()
    time.sleep(1.2)
