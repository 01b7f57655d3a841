"""What cases are written with: a registry, a client that checks status codes, and matchers.

A case is a function of an `Aws`; it makes what it needs, so that cases know nothing of each other.
"""

import datetime
import itertools
import json
import re

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "111122223333"
REGION = "us-east-1"

STATUSES = {
    "BadRequestException": 400,
    "SerializationException": 400,
    "ValidationException": 400,
    "NotFoundException": 404,
    "ConflictException": 409,
    "LimitExceededException": 429,
    "TooManyRequestsException": 429,
}

CASES = []


def case(operation, title, service="apigateway"):
    """Registers a function as a case of an operation; the title is a sentence about it."""

    def register(function):
        CASES.append((service, operation, title, function))
        return function

    return register


class Matching:
    """Equal to every text that matches as a whole."""

    def __init__(self, pattern):
        self.pattern = pattern

    def __eq__(self, other):
        return isinstance(other, str) and re.fullmatch(self.pattern, other, re.S) is not None

    def __repr__(self):
        return f"<text like {self.pattern}>"


class Instance:
    """Equal to every value of a type."""

    def __init__(self, kind):
        self.kind = kind

    def __eq__(self, other):
        return isinstance(other, self.kind)

    def __repr__(self):
        return f"<any {self.kind.__name__}>"


ID = Matching("[a-z0-9]{6,10}")
ID6 = Matching("[a-z0-9]{6}")
ID10 = Matching("[a-z0-9]{10}")
TIME = Instance(datetime.datetime)
TEXT = Instance(str)
NUMBER = Instance(int)


def show(value):
    return json.dumps(value, default=repr, sort_keys=True)


def same(actual, expected):
    """The whole value."""
    assert actual == expected, f"\n  was      {show(actual)}\n  expected {show(expected)}"


def has(actual, expected):
    """At least these members of a structure."""
    same({name: actual.get(name, "<absent>") for name in expected}, expected)


def lacks(actual, *names):
    present = [name for name in names if name in actual]
    assert not present, f"{present} in {show(actual)}"


def until(is_true):
    """Asks again until it is so: for what the service does in its own time."""
    for _ in range(100_000):
        if is_true():
            return
    raise AssertionError("it never became so")


def patch(op, path, value=None, from_=None):
    """One patch operation."""
    operation = {"op": op, "path": path}
    if value is not None:
        operation["value"] = value
    if from_ is not None:
        operation["from"] = from_
    return operation


def replace(path, value):
    return [patch("replace", path, value)]


def invalid_api(api_id):
    return f"Invalid API identifier specified {ACCOUNT}:{api_id}"


class Aws:
    """A boto3 client whose calls check the status code and leave the metadata out."""

    service = "apigateway"
    statuses = STATUSES
    # Of successes, where they are not as the model says.
    successes = {}

    def __init__(self, endpoint):
        def client(validates):
            return boto3.client(
                self.service,
                endpoint_url=endpoint,
                region_name=REGION,
                aws_access_key_id="AKIDEXAMPLE",
                aws_secret_access_key="secret",
                config=Config(
                    retries={"total_max_attempts": 1}, parameter_validation=validates, read_timeout=60
                ),
            )

        self.client = client(True)
        self._unchecked = client(False)
        self._operations = self.client.meta.method_to_api_mapping
        self._numbers = itertools.count(1)

    def __getattr__(self, name):
        operation = self.client.meta.service_model.operation_model(self._operations[name])
        wanted = self.successes.get(name, operation.http.get("responseCode", 200))

        def call(**members):
            answer = getattr(self.client, name)(**members)
            metadata = answer.pop("ResponseMetadata")
            same(metadata["HTTPStatusCode"], wanted)
            assert re.fullmatch("[0-9a-f-]{36}", metadata["RequestId"]), metadata["RequestId"]
            return answer

        return call

    def refused(self, code, message, operation, /, **members):
        """Asserts the type, status and text (or a compiled pattern of it) of a refusal; None = any text."""
        try:
            answer = getattr(self._unchecked, operation)(**members)
        except ClientError as error:
            told = error.response["Error"]
            same(told["Code"], code)
            same(error.response["ResponseMetadata"]["HTTPStatusCode"], self.statuses[code])
            if isinstance(message, str):
                same(told["Message"], message)
            elif message is not None:
                assert message.search(told["Message"]), f"{told['Message']!r} is not like {message.pattern!r}"
        else:
            answer.pop("ResponseMetadata", None)
            raise AssertionError(f"expected {code}, was answered {show(answer)}")

    def fresh(self, prefix="x"):
        """A name that nothing has yet."""
        return f"{prefix}{next(self._numbers)}"

    # What many cases begin with.

    def api(self, **members):
        """A new API. @return its id and the id of its root resource"""
        answer = self.create_rest_api(name=self.fresh("api"), **members)
        return answer["id"], answer["rootResourceId"]

    def method(self, verb="GET", **members):
        """An API with one method on its root. @return the three members that name the method"""
        api, root = self.api()
        named = {"restApiId": api, "resourceId": root, "httpMethod": verb}
        self.put_method(**named, authorizationType="NONE", **members)
        return named

    def mock(self):
        """The same, with a MOCK integration and its response 200."""
        named = self.method()
        self.put_method_response(**named, statusCode="200")
        self.put_integration(
            **named, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
        )
        self.put_integration_response(**named, statusCode="200")
        return named

    def stage(self, name="prod", **members):
        """A deployed API. @return ids of the API and its deployment, and the stage's name"""
        api = self.mock()["restApiId"]
        deployment = self.create_deployment(restApiId=api, stageName=name, **members)["id"]
        return api, deployment, name
