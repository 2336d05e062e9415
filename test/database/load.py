"""Writes rows through oslo.db, as a service does: one after the other in each of some threads. Prints a line of JSON for each.

Arguments: URL, options of oslo.db, threads, number of the first row, bytes of each. Threads share rows in which they count.
"""

import json
import logging
import sys
import threading
import time

from oslo_db.sqlalchemy import enginefacade
from sqlalchemy import text

url, options = sys.argv[1], json.loads(sys.argv[2])
threads, first, size = map(int, sys.argv[3:])
logging.disable()  # each error is in a line of its own
facade = enginefacade.transaction_context()
facade.configure(connection=url, **options)


@enginefacade.transaction_context_provider
class Context:
    pass


def write(thread):
    number = 0
    while True:
        number += 1
        row, began = first + thread * 1_000_000 + number, time.time()
        try:
            with facade.writer.using(Context()) as session:
                member = session.execute(text("SELECT @@wsrep_node_name")).scalar()
                session.execute(text("INSERT INTO kept VALUES (:row, REPEAT('x', :size))"), {"row": row, "size": size})
                session.execute(text("UPDATE counted SET number = number + 1 WHERE id = :id"), {"id": thread % 4})
            said = {"row": row, "member": member}
        except Exception as error:  # whatever a service would answer with an error
            said = {"error": str(error)[:200]}
        print(json.dumps({"began": began, "ended": time.time(), **said}), flush=True)
        time.sleep(max(0, 0.1 - (time.time() - began)))


for thread in range(threads):
    threading.Thread(target=write, args=(thread,)).start()
