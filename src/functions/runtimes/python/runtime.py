"""Loads the handler, calls it, and says what came of it in Lambda's words."""

import importlib
import json
import logging
import os
import sys
import time


class Fault(Exception):
    """An error of the runtime itself, with the type that callers know."""

    def __init__(self, error_type, message, trace=None):
        super().__init__(message)
        self.error_type = error_type
        self.trace = trace or []


class CognitoIdentity:
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, fields):
        self.cognito_identity_id = fields.get("cognitoIdentityId")
        self.cognito_identity_pool_id = fields.get("cognitoIdentityPoolId")


class Client:
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")

    def __init__(self, fields):
        for name in self.__slots__:
            setattr(self, name, fields.get(name))


class ClientContext:
    __slots__ = ("custom", "env", "client")

    def __init__(self, fields):
        self.custom = fields.get("custom")
        self.env = fields.get("env")
        client = fields.get("client")
        self.client = Client(client) if isinstance(client, dict) else None


FUNCTION_NAME = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
FUNCTION_VERSION = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
MEMORY_SIZE = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
LOG_GROUP_NAME = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
LOG_STREAM_NAME = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")


class LambdaContext:
    def __init__(self, fields):
        self.aws_request_id = fields["lambda-runtime-aws-request-id"]
        self.log_group_name = LOG_GROUP_NAME
        self.log_stream_name = LOG_STREAM_NAME
        self.function_name = FUNCTION_NAME
        self.memory_limit_in_mb = MEMORY_SIZE
        self.function_version = FUNCTION_VERSION
        self.invoked_function_arn = fields.get("lambda-runtime-invoked-function-arn")
        client_context = _parsed(fields.get("lambda-runtime-client-context"))
        self.client_context = None if client_context is None else ClientContext(client_context)
        self.identity = CognitoIdentity(_parsed(fields.get("lambda-runtime-cognito-identity")) or {})
        self._deadline_ms = int(fields.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


def _parsed(text):
    try:
        value = json.loads(text) if text else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class RequestIdFilter(logging.Filter):
    """Gives each record the id of the invocation that it belongs to."""

    request_id = None

    def filter(self, record):
        record.aws_request_id = self.request_id or ""
        return True


class StdoutHandler(logging.Handler):
    """Writes to whatever sys.stdout is then."""

    def emit(self, record):
        sys.stdout.write(self.format(record))
        sys.stdout.flush()


REQUEST_ID = RequestIdFilter()


def _prepare_logging():
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = StdoutHandler()
    handler.setFormatter(formatter)
    handler.addFilter(REQUEST_ID)
    logging.getLogger().addHandler(handler)


def _load_handler(root, name):
    """`pkg/mod.func` or `pkg.mod.func` -> the function"""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("Runtime.UserCodeSyntaxError", message, trace) from None
    handler = getattr(module, function_name, None)
    if handler is None:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message)
    if not callable(handler):
        raise Fault("Runtime.HandlerNotFound", f"Handler '{function_name}' of module '{module_name}' is no function")
    return handler


def _describe(error, request_id):
    """-> {errorMessage, errorType, requestId, stackTrace}"""
    if isinstance(error, Fault):
        error_type, trace = error.error_type, error.trace
    else:
        import traceback

        error_type = type(error).__name__
        # The first frame is ours.
        trace = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    try:
        message = str(error)
    except Exception:
        message = ""
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": trace}


def _log_error(shape):
    lines = [f"[ERROR] {shape['errorType']}: {shape['errorMessage']}"]
    if shape["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines.extend(line.rstrip("\n") for line in shape["stackTrace"])
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _encoded(value):
    return json.dumps(value, ensure_ascii=True).encode()


def _default(value):
    # As the real runtime: numbers of DynamoDB have an obvious JSON.
    import decimal

    if isinstance(value, decimal.Decimal):
        return float(value) if value % 1 else int(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _invoke(handler, fields, payload):
    """-> (bytes of the answer, None) or (bytes of the error, its type)"""
    request_id = fields["lambda-runtime-aws-request-id"]
    try:
        try:
            event = json.loads(payload)
        except ValueError as error:
            raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None
        result = handler(event, LambdaContext(fields))
        try:
            return json.dumps(result, default=_default, ensure_ascii=False).encode("utf-8", "surrogatepass"), None
        except (TypeError, ValueError, RecursionError) as error:
            raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
    except Exception as error:
        shape = _describe(error, request_id)
        _log_error(shape)
        return _encoded(shape), shape["errorType"]


def _set_trace_id(trace_id):
    """What `os.environ` says, without the environment of the process: glibc keeps every value that a variable ever had
    (140 bytes a call), so a busy function would end of it."""
    values, encoded = getattr(os.environ, "_data", None), os.fsencode
    if not isinstance(values, dict):  # another Python than CPython
        values, encoded = os.environ, str
    if trace_id is None:
        values.pop(encoded("_X_AMZN_TRACE_ID"), None)
    else:
        values[encoded("_X_AMZN_TRACE_ID")] = encoded(trace_id)


def serve(client, root, handler_name):
    sys.stdout.reconfigure(line_buffering=True)
    _prepare_logging()
    try:
        handler = _load_handler(root, handler_name)
    except Exception as error:
        shape = _describe(error, "")
        _log_error(shape)
        client.fail_init(_encoded(shape), shape["errorType"])
        sys.exit(1)
    fields, payload = client.first()
    while True:
        request_id = fields["lambda-runtime-aws-request-id"]
        REQUEST_ID.request_id = request_id
        _set_trace_id(fields.get("lambda-runtime-trace-id"))
        body, error_type = _invoke(handler, fields, payload)
        # The host reads what was written before the answer together with it.
        sys.stdout.flush()
        if error_type is None:
            fields, payload = client.answer(request_id, body)
        else:
            fields, payload = client.fail(request_id, body, error_type)
