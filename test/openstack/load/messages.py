"""A small service that sends messages, as the configuration of the service beside it says: messages.py server|client LOG

Server: answers calls, and receives notifications; each line of its log is the name of a notification received.
Client: calls, and notifies; each line of its log is a message: when it was sent, seconds, why it failed, its name.
"""

import json
import logging
import re
import sys
import threading
import time
import uuid

import oslo_messaging
from oslo_config import cfg

part, path = sys.argv[1:3]
log = open(path, "a", buffering=1)
logging.basicConfig(level=logging.WARNING)
# Options that measure calls are known to this one alone.
conf = cfg.CONF
conf(["--config-dir", "/etc/glance/glance.conf.d"], project="glance", default_config_files=["/etc/glance/glance-api.conf"])
oslo_messaging.set_transport_defaults("load")
# A producer of notifications cannot read them; there is an account that can, for calls too: the service makes none itself.
producer = oslo_messaging.get_notification_transport(conf)
# The option is known from then on.
consumer = re.sub(r"[^/,:@]+:[^/,@]+@", "load:load@", conf.oslo_messaging_notifications.transport_url)
notifications = oslo_messaging.get_notification_transport(conf, url=consumer) if part == "server" else producer
calls = oslo_messaging.get_rpc_transport(conf, url=consumer)


class Endpoint:
    def echo(self, context, value):
        return value

    def info(self, context, publisher_id, event_type, payload, metadata):
        log.write(payload["name"] + "\n")


class Failures(logging.Handler):
    """The notifier swallows what goes wrong and logs it, in the thread that notified."""

    def emit(self, record):
        failures.last = str(record.exc_info[1]) if record.exc_info else record.getMessage()


def noted(what, work):
    at, error, name = time.time(), None, uuid.uuid4().hex
    try:
        error = work(name)
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
    line = {"what": what, "at": at, "seconds": time.time() - at, "error": error, "name": name}
    log.write(json.dumps(line) + "\n")


def call(name):
    answer = client.call({}, "echo", value=name)
    return None if answer == name else f"the answer to another call: {answer}"


def answered():
    try:
        return client.prepare(timeout=1).call({}, "echo", value="") == ""
    except oslo_messaging.MessagingException:
        return False


def notify(name):
    failures.last = None
    notifier.info({}, "load", {"name": name})
    return failures.last


if part == "server":
    target = oslo_messaging.Target(topic="load-calls", server=str(uuid.uuid4()))
    server = oslo_messaging.get_rpc_server(calls, target, [Endpoint()])
    topics = [oslo_messaging.Target(topic="load-notifications")]
    listener = oslo_messaging.get_notification_listener(notifications, topics, [Endpoint()])
    server.start()
    listener.start()
    threading.Event().wait()

failures = threading.local()
logging.getLogger("oslo_messaging.notify.messaging").addHandler(Failures())
client = oslo_messaging.get_rpc_client(calls, oslo_messaging.Target(topic="load-calls"), timeout=30)
notifier = oslo_messaging.Notifier(notifications, publisher_id="load", topics=["load-notifications"])
# A call that comes before the first server has its queue is lost, and would fail half a minute later, in what is measured.
while not answered():
    time.sleep(1)
while True:
    for what, work in [("call", call), ("notification", notify)]:
        threading.Thread(target=noted, args=(what, work), daemon=True).start()
    time.sleep(1)
