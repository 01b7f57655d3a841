"""The runtime of Python functions: started once for each environment, it loads the handler and serves one
invocation after the other. Standard library only."""

import os
import sys

# Not this file's folder, but the function's code comes first.
RUNTIME_DIR = sys.path[0]
sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
CACHE_DIR = os.environ.pop("SLUICE_CACHE_DIR", None)
if CACHE_DIR is not None:
    # The code is never written to; what Python compiled of it is kept beside it.
    sys.pycache_prefix = CACHE_DIR
CHANNEL_FD = os.environ.pop("SLUICE_CHANNEL_FD", None)


def load(name):
    """A module of ours, whatever modules of the same name the function has."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(
        f"_sluice_{name}", os.path.join(RUNTIME_DIR, f"{name}.py")
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main():
    client = load("client").Client(CHANNEL_FD, os.environ.get("AWS_LAMBDA_RUNTIME_API"))
    load("runtime").serve(client, os.environ["LAMBDA_TASK_ROOT"], os.environ["_HANDLER"])


main()
