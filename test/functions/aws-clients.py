"""What a user of Lambda does with boto3, from the zip to the end, against a gateway that runs.

python aws-clients.py MANAGEMENT_URL GATEWAY_URL FOLDER; one line of JSON for each step on the standard output.
"""

import base64
import collections
import io
import json
import os
import pathlib
import sys
import time
import traceback
import urllib.error
import urllib.request
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

management, gateway, folder = sys.argv[1:]
options = {"region_name": "us-east-1", "endpoint_url": management, "config": Config(retries={"total_max_attempts": 1})}
functions = boto3.client("lambda", **options)
apis = boto3.client("apigateway", **options)

NAME = "orders"
ROLE = "arn:aws:iam::000000000000:role/none"
CODE = """
import { appendFileSync } from 'node:fs';
export const handler = async (event, context) => {
  console.log('version', VERSION, 'saw', event.n);
  if (event.file) appendFileSync(event.file, (event.n ?? JSON.stringify(event)) + '\\n');
  if (event.fail) throw new TypeError('as it was told');
  return event.requestContext
    ? { statusCode: 200, body: JSON.stringify({ version: VERSION, stage: event.stageVariables }) }
    : { version: VERSION, n: event.n, arn: context.invokedFunctionArn };
};
"""
TELL = """
import { appendFileSync } from 'node:fs';
export const handler = async (event) => { appendFileSync(process.env.FILE, JSON.stringify(event) + '\\n'); };
"""


def zip_of(text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.mjs", text)
    return buffer.getvalue()


def code(version):
    return zip_of(CODE.replace("VERSION", str(version)))


def invoke(name=NAME, **members):
    if "Payload" in members:
        members["Payload"] = json.dumps(members["Payload"])
    answer = functions.invoke(FunctionName=name, **members)
    text = answer["Payload"].read()
    return answer, json.loads(text) if text else None


def same(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def refused(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        same(error.response["Error"]["Code"], code)
        return error.response
    raise AssertionError(f"it was not refused with {code}")


def lines_of(file, count):
    """Waits until a file has so many lines; the test as a whole has a time limit."""
    path = pathlib.Path(folder, file)
    while True:
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) >= count:
            return lines
        time.sleep(0.02)


def get(path="/order"):
    try:
        with urllib.request.urlopen(f"{gateway}/_aws/execute-api/{api}/live{path}") as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


STEPS = []


def step(title, is_slow=False):
    def take(act):
        if not is_slow or "SLUICE_SLOW_TESTS" in os.environ:
            STEPS.append((title, act))

    return take


@step("a function is made from a zip, and made only once")
def _():
    made = functions.create_function(
        FunctionName=NAME, Runtime="nodejs24.x", Role=ROLE, Handler="app.handler", Timeout=10, Code={"ZipFile": code(1)}
    )
    same([made["FunctionName"], made["State"], made["Version"]], [NAME, "Active", "$LATEST"])
    functions.get_waiter("function_active_v2").wait(FunctionName=NAME)
    again = {"FunctionName": NAME, "Runtime": "nodejs24.x", "Role": ROLE, "Handler": "a.b", "Code": {"ZipFile": code(1)}}
    refused("ResourceConflictException", functions.create_function, **again)
    found = functions.get_function(FunctionName=NAME)
    zipped = urllib.request.urlopen(found["Code"]["Location"]).read()
    same(zipfile.ZipFile(io.BytesIO(zipped)).namelist(), ["app.mjs"])


@step("a RequestResponse has the answer, the version, and the log once in base64")
def _():
    answer, payload = invoke(LogType="Tail", Payload={"n": 1})
    same([answer["StatusCode"], answer["ExecutedVersion"]], [200, "$LATEST"])
    assert "FunctionError" not in answer
    same(payload, {"version": 1, "n": 1, "arn": f"arn:aws:lambda:us-east-1:000000000000:function:{NAME}"})
    log = base64.b64decode(answer["LogResult"]).decode()
    request = answer["ResponseMetadata"]["RequestId"]
    for part in [f"START RequestId: {request} Version: $LATEST\n", "version 1 saw 1\n", f"REPORT RequestId: {request}\t"]:
        assert part in log, log


@step("an error of the function is Unhandled, with its type and message")
def _():
    answer, payload = invoke(Payload={"fail": True})
    same([answer["StatusCode"], answer["FunctionError"]], [200, "Unhandled"])
    same([payload["errorType"], payload["errorMessage"]], ["TypeError", "as it was told"])


@step("a DryRun runs nothing, and refuses what there is not")
def _():
    file = str(pathlib.Path(folder, "dry"))
    answer, payload = invoke(InvocationType="DryRun", Payload={"file": file})
    same([answer["StatusCode"], payload], [204, None])
    refused("ResourceNotFoundException", invoke, name="nobody", InvocationType="DryRun")
    invoke(Payload={"n": 1})
    assert not os.path.exists(file)


@step("an Event runs once, and its destinations are told how it ended")
def _():
    functions.create_function(
        FunctionName="teller", Runtime="nodejs24.x", Role=ROLE, Handler="app.handler", Timeout=10,
        Code={"ZipFile": zip_of(TELL)}, Environment={"Variables": {"FILE": str(pathlib.Path(folder, "told"))}},
    )
    teller = functions.get_function(FunctionName="teller")["Configuration"]["FunctionArn"]
    both = {"OnSuccess": {"Destination": teller}, "OnFailure": {"Destination": teller}}
    functions.put_function_event_invoke_config(FunctionName=NAME, MaximumRetryAttempts=0, DestinationConfig=both)
    ran = str(pathlib.Path(folder, "ran"))
    good, _ = invoke(InvocationType="Event", Payload={"n": 5, "file": ran})
    same(good["StatusCode"], 202)
    same(json.loads(lines_of("told", 1)[0])["requestContext"]["condition"], "Success")
    bad, _ = invoke(InvocationType="Event", Payload={"n": 6, "file": ran, "fail": True})
    record = json.loads(lines_of("told", 2)[1])
    same(record["requestContext"]["requestId"], bad["ResponseMetadata"]["RequestId"])
    same(record["requestContext"]["condition"], "RetriesExhausted")
    same([record["requestPayload"]["n"], record["responsePayload"]["errorType"]], [6, "TypeError"])
    same(lines_of("ran", 2), ["5", "6"])
    functions.delete_function_event_invoke_config(FunctionName=NAME)


@step("an Event that fails is run again after a minute", is_slow=True)
def _():
    functions.put_function_event_invoke_config(FunctionName=NAME, MaximumRetryAttempts=1)
    again = str(pathlib.Path(folder, "again"))
    invoke(InvocationType="Event", Payload={"n": 7, "file": again, "fail": True})
    same(lines_of("again", 2), ["7", "7"])
    functions.delete_function_event_invoke_config(FunctionName=NAME)


@step("the call after an update of the code runs the new code, each time")
def _():
    for version in range(2, 8):
        functions.update_function_code(FunctionName=NAME, ZipFile=code(version))
        same(invoke()[1]["version"], version)


@step("versions stay as they were published, whatever the code becomes")
def _():
    same(functions.publish_version(FunctionName=NAME)["Version"], "1")
    same(functions.publish_version(FunctionName=NAME)["Version"], "1")
    updated = functions.update_function_code(FunctionName=NAME, ZipFile=code(8), Publish=True)
    same(updated["Version"], "2")
    functions.update_function_code(FunctionName=NAME, ZipFile=code(9))
    same([invoke(Qualifier=one)[1]["version"] for one in ["1", "2", "$LATEST"]], [7, 8, 9])
    listed = functions.list_versions_by_function(FunctionName=NAME)["Versions"]
    same([one["Version"] for one in listed], ["$LATEST", "1", "2"])
    refused("ResourceNotFoundException", invoke, Qualifier="3")


@step("an alias shares its calls out between two versions")
def _():
    weights = {"AdditionalVersionWeights": {"2": 0.3}}
    functions.create_alias(FunctionName=NAME, Name="prod", FunctionVersion="1", RoutingConfig=weights)
    seen = collections.Counter(invoke(Qualifier="prod")[1]["version"] for _ in range(300))
    # The standard deviation is 7.9: five of them to either side.
    assert seen.keys() == {7, 8} and 50 < seen[8] < 130, seen
    functions.update_alias(FunctionName=NAME, Name="prod", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {}})
    answer, payload = invoke(Qualifier="prod")
    same([answer["ExecutedVersion"], payload["version"]], ["2", 8])
    same(payload["arn"].rpartition(":")[2], "prod")
    refused("ResourceConflictException", functions.delete_function, FunctionName=NAME, Qualifier="2")


@step("an API may call it only while a permission stands")
def _():
    global api
    api = apis.create_rest_api(name="orders")["id"]
    root = apis.get_resources(restApiId=api)["items"][0]["id"]
    order = apis.create_resource(restApiId=api, parentId=root, pathPart="order")["id"]
    at = {"restApiId": api, "resourceId": order, "httpMethod": "GET"}
    apis.put_method(**at, authorizationType="NONE")
    target = f"arn:aws:lambda:us-east-1:000000000000:function:{NAME}:${{stageVariables.ver}}"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{target}/invocations"
    apis.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    apis.create_deployment(restApiId=api, stageName="live", variables={"ver": "prod"})
    same(get(), (500, {"message": "Internal server error"}))
    source = f"arn:aws:execute-api:us-east-1:000000000000:{api}/*/GET/order"
    grant = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "SourceArn": source}
    functions.add_permission(FunctionName=NAME, Qualifier="prod", StatementId="api", **grant)
    same(get(), (200, {"version": 8, "stage": {"ver": "prod"}}))
    policy = json.loads(functions.get_policy(FunctionName=NAME, Qualifier="prod")["Policy"])
    same(policy["Statement"][0]["Sid"], "api")
    refused("ResourceNotFoundException", functions.get_policy, FunctionName=NAME)
    functions.update_alias(FunctionName=NAME, Name="prod", FunctionVersion="1")
    same(get()[1]["version"], 7)
    functions.remove_permission(FunctionName=NAME, Qualifier="prod", StatementId="api")
    same(get()[0], 500)
    functions.add_permission(FunctionName=NAME, Qualifier="prod", StatementId="api", **grant)
    same(get()[0], 200)


@step("its settings reach the next call")
def _():
    functions.update_function_configuration(FunctionName=NAME, Handler="app.nothing")
    answer, payload = invoke()
    same([answer["FunctionError"], payload["errorType"]], ["Unhandled", "Runtime.HandlerNotFound"])
    functions.update_function_configuration(FunctionName=NAME, Handler="app.handler")
    same(invoke()[1]["version"], 9)
    functions.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=0)
    told = refused("TooManyRequestsException", invoke)
    same([told["ResponseMetadata"]["HTTPStatusCode"], told["Reason"]], [429, "ReservedFunctionConcurrentInvocationLimitExceeded"])
    same(get()[0], 500)
    functions.delete_function_concurrency(FunctionName=NAME)
    same(invoke()[1]["version"], 9)


@step("names that JavaScript knows are names like others, or refused as AWS refuses")
def _():
    for name in ["constructor", "toString", "hasOwnProperty"]:
        refused("ResourceNotFoundException", invoke, name=name)
        refused("ResourceNotFoundException", invoke, Qualifier=name)
        functions.create_function(
            FunctionName=name, Runtime="nodejs24.x", Role=ROLE, Handler="app.handler", Timeout=10,
            Code={"ZipFile": code(1)}, Environment={"Variables": {"constructor": "a", "toString": "b"}},
        )
        functions.create_alias(FunctionName=name, Name=name, FunctionVersion="$LATEST")
        same(invoke(name=name, Qualifier=name)[1]["version"], 1)
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        same(variables, {"constructor": "a", "toString": "b"})
        functions.add_permission(
            FunctionName=name, StatementId=name, Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
        )
        functions.delete_function(FunctionName=name)
        refused("ResourceNotFoundException", invoke, name=name)
    for name in ["gr\u00f6\u00dfe", "a b", "../../etc", "x" * 141]:
        try:
            invoke(name=name)
            raise AssertionError(f"{name} was let in")
        except ClientError as error:
            same(error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404), True)


@step("what is deleted answers nobody any more")
def _():
    functions.delete_alias(FunctionName=NAME, Name="prod")
    same(get()[0], 500)
    functions.delete_function(FunctionName=NAME)
    functions.delete_function(FunctionName="teller")
    refused("ResourceNotFoundException", invoke)
    same(functions.list_functions()["Functions"], [])


for title, act in STEPS:
    failure = None
    try:
        act()
    except Exception:
        failure = traceback.format_exc()
    print(json.dumps({"title": title, "failure": failure}), flush=True)
