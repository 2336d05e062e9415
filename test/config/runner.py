"""Runs programs of this Python one after the other, each in a process of its own, as often as it is told to.

Each line of standard input is a program as JSON: the folder with its files (in-root.sh), its arguments and its
environment; each line of standard output is how it ended: its exit code and what it said. A program is its installed script, or `python3 -c`. What it imports is imported
before the first one starts: most of the time of these programs goes there.
"""

import ctypes
import importlib
import importlib.metadata
import json
import os
import re
import runpy
import struct
import subprocess
import sys
import tempfile
import traceback
import warnings

warnings.simplefilter("ignore")


def prepare(program, arguments):
    """Imports what the program will import."""
    if arguments[:1] == ["-c"]:
        names = re.findall(r"^(?:import|from) (\w+)", arguments[1], re.MULTILINE)
    else:
        scripts = importlib.metadata.entry_points(group="console_scripts", name=os.path.basename(program))
        names = [script.module for script in scripts]
    for name in names:
        importlib.import_module(name)


libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CAP_DAC_OVERRIDE = 0x20000, 1
PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 28, 1 << 2, 47, 2


def must(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter(root):
    """Puts this process where in-root.sh would put it, and makes it one of the pods' user, as setpriv does in place.ts."""
    must(libc.unshare(CLONE_NEWNS))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["sh", os.path.join(os.path.dirname(__file__), "in-root.sh"), root], check=True)
    os.chroot(os.path.join(root, "all/merged"))
    os.chdir("/")
    must(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    os.setgroups([])
    os.setresgid(42424, 42424, 42424)
    os.setresuid(42424, 42424, 42424)
    kept = 1 << CAP_DAC_OVERRIDE
    # capset(2), version 3: effective, permitted and inheritable, each in two words of which the second is empty.
    must(libc.capset(struct.pack("Ii", 0x20080522, 0), struct.pack("6I", kept, kept, kept, 0, 0, 0)))
    must(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def start(program, arguments):
    """Becomes the program."""
    if arguments[:1] == ["-c"]:
        sys.argv = arguments[:1] + arguments[2:]
        exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [program, *arguments]
        runpy.run_path(program, run_name="__main__")


def run(root, program, arguments, environment):
    prepare(program, arguments)
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            code = 1
            try:
                enter(root)
                os.environ.clear()
                os.environ.update(environment)
                start(program, arguments)
                code = 0
            except SystemExit as end:
                if end.code is not None and not isinstance(end.code, int):
                    print(end.code)
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        return {"code": code, "said": output.read().decode(errors="replace")}


for line in sys.stdin:
    print(json.dumps(run(**json.loads(line))), flush=True)
