"""What cases of Lambda are written with: its client, and zip files."""

import functools
import io
import zipfile

import harness
from harness import ACCOUNT, REGION, Aws, Matching

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
UUID = Matching("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHA = Matching("[A-Za-z0-9+/]{43}=")

case = functools.partial(harness.case, service="lambda")


def zip_of(**files):
    """A zip file of texts; `__` in a name is a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (files or {"app__mjs": "export const handler = async (event) => event"}).items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", ".")), text)
    return buffer.getvalue()


def arn(name, qualifier=None):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" + (f":{qualifier}" if qualifier else "")


def not_found(name, qualifier=None):
    return f"Function not found: {arn(name, qualifier)}"


class Lambda(Aws):
    service = "lambda"
    statuses = {
        "AccessDeniedException": 403,
        "InvalidParameterValueException": 400,
        "InvalidRequestContentException": 400,
        "PolicyLengthExceededException": 400,
        "PreconditionFailedException": 412,
        "RequestTooLargeException": 413,
        "ResourceConflictException": 409,
        "ResourceNotFoundException": 404,
        "SerializationException": 400,
        "TooManyRequestsException": 429,
        "ValidationException": 400,
    }
    successes = {"delete_function": 204}

    def function(self, name=None, **members):
        """A new function. @return its name"""
        name = name or self.fresh("f")
        self.create_function(
            **{
                "FunctionName": name,
                "Runtime": "nodejs24.x",
                "Role": ROLE,
                "Handler": "app.handler",
                "Code": {"ZipFile": zip_of()},
                **members,
            }
        )
        return name
