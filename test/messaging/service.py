"""A service as its generated configuration says: service.py NAME

It answers calls, and sends two a second. Each line of its output is what came of one: when it was sent, seconds, why it failed, who
answered.
"""

import json
import logging
import sys
import threading
import time
import uuid

import oslo_messaging
from oslo_config import cfg

conf = cfg.CONF
conf(["--config-file", "/programs/service.conf"], project="service")
logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
oslo_messaging.set_transport_defaults("load")
me = sys.argv[1]
calls = oslo_messaging.get_rpc_transport(conf)


class Endpoint:
    def echo(self, context, value):
        return [value, me]


def say(**line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


server = oslo_messaging.get_rpc_server(calls, oslo_messaging.Target(topic="load-calls", server=me), [Endpoint()])
server.start()
client = oslo_messaging.get_rpc_client(calls, oslo_messaging.Target(topic="load-calls"))


def call():
    value, began, error, by = uuid.uuid4().hex, time.time(), None, None
    try:
        answer, by = client.call({}, "echo", value=value)
        error = None if answer == value else "the answer to another call"
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
    say(began=began, seconds=time.time() - began, error=error, by=by)


def answered():
    try:
        return client.prepare(timeout=1).call({}, "echo", value="")[0] == ""
    except oslo_messaging.MessagingException:
        return False


while not answered():
    time.sleep(1)
while True:
    threading.Thread(target=call, daemon=True).start()
    time.sleep(0.5)
