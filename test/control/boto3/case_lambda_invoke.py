"""Invocations, of functions that the test only pretends to run."""

import base64
import json

from harness import lacks, same
from lambda_harness import arn, case, not_found


def invoke(aws, **members):
    answer = aws.client.invoke(**members)
    return answer, answer["Payload"].read()


@case("Invoke", "answers what the function answers, its version, its error and its log")
def _(aws):
    context = base64.b64encode(b'{"custom": {"a": 1}}').decode()
    answer, payload = invoke(
        aws, FunctionName="echo", Payload=b'{"a": 1}', Qualifier="prod", LogType="Tail", ClientContext=context
    )
    same(answer["StatusCode"], 200)
    same(answer["ExecutedVersion"], "7")
    same(base64.b64decode(answer["LogResult"]), b"START\nEND\n")
    lacks(answer, "FunctionError")
    same(
        json.loads(payload),
        {
            "type": "RequestResponse",
            "functionName": "echo",
            "qualifier": "prod",
            "payload": '{"a": 1}',
            "by": {"kind": "identity", "arn": "arn:aws:iam::111122223333:user/admin"},
            "clientContext": context,
            "isStreamed": False,
        },
    )
    answer, payload = invoke(aws, FunctionName=arn("fails", "3"))
    same(answer["FunctionError"], "Unhandled")
    same(json.loads(payload), {"errorMessage": "no", "errorType": "Error"})
    lacks(answer, "LogResult")


@case("Invoke", "answers 202 when it is queued and 204 when it is only tried")
def _(aws):
    answer, payload = invoke(aws, FunctionName="echo", InvocationType="Event", Payload=b"{}")
    same([answer["StatusCode"], payload], [202, b""])
    answer, payload = invoke(aws, FunctionName="echo", InvocationType="DryRun")
    same([answer["StatusCode"], payload], [204, b""])


@case("Invoke", "refuses what the function's host refuses, and what cannot be asked")
def _(aws):
    aws.refused("ResourceNotFoundException", not_found("nope"), "invoke", FunctionName="nope")
    aws.refused("TooManyRequestsException", "Rate Exceeded.", "invoke", FunctionName="throttled")
    aws.refused("ValidationException", None, "invoke", FunctionName="echo", InvocationType="Later")
    aws.refused("InvalidRequestContentException", None, "invoke", FunctionName="echo", ClientContext="x")
    aws.refused(
        "RequestTooLargeException",
        None,
        "invoke",
        FunctionName="echo",
        InvocationType="Event",
        Payload=b"1" * (1024 * 1024 + 1),
    )


@case("InvokeAsync", "answers 202; refuses an unknown function")
def _(aws):
    same(aws.invoke_async(FunctionName="echo", InvokeArgs=b"{}"), {"Status": 202})
    aws.refused("ResourceNotFoundException", not_found("nope"), "invoke_async", FunctionName="nope", InvokeArgs=b"")


def events(aws, **members):
    return list(aws.client.invoke_with_response_stream(**members)["EventStream"])


@case("InvokeWithResponseStream", "hands chunks on as they come, and ends with how it ended")
def _(aws):
    same(
        events(aws, FunctionName="streams", LogType="Tail"),
        [
            {"PayloadChunk": {"Payload": b"one"}},
            {"PayloadChunk": {"Payload": b"two"}},
            {"InvokeComplete": {"LogResult": base64.b64encode(b"START\nEND\n").decode()}},
        ],
    )
    whole = events(aws, FunctionName="echo", Payload=b"{}")
    same(json.loads(whole[0]["PayloadChunk"]["Payload"])["isStreamed"], True)
    same(whole[1:], [{"InvokeComplete": {}}])
    details = '{"errorMessage":"no","errorType":"Error"}'
    same(
        events(aws, FunctionName="fails"),
        [{"InvokeComplete": {"ErrorCode": "Unhandled", "ErrorDetails": details}}],
    )
    tried = aws.client.invoke_with_response_stream(FunctionName="streams", InvocationType="DryRun")
    same(tried["StatusCode"], 204)


@case("InvokeWithResponseStream", "refuses before it has begun")
def _(aws):
    aws.refused(
        "ResourceNotFoundException", not_found("nope"), "invoke_with_response_stream", FunctionName="nope"
    )
