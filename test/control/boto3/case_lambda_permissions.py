"""Permissions."""

import json

from harness import ACCOUNT, has, same
from lambda_harness import UUID, arn, case, not_found

INVALID = "InvalidParameterValueException"
API = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc/*/GET/"


def permission(name, **members):
    return {
        "FunctionName": name,
        "StatementId": "s",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        **members,
    }


def statement(name, qualifier=None, **members):
    return {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn(name, qualifier),
        **members,
    }


@case("AddPermission", "answers the statement, with the conditions that it was given")
def _(aws):
    name = aws.function()

    def added(**members):
        answer = aws.add_permission(**permission(name, StatementId=aws.fresh("s"), **members))
        made = json.loads(answer["Statement"])
        del made["Sid"]
        return made

    def expected(**members):
        made = statement(name, **members)
        del made["Sid"]
        return made

    same(added(), expected())
    same(added(SourceArn=API), expected(Condition={"ArnLike": {"AWS:SourceArn": API}}))
    equals = {"AWS:SourceAccount": ACCOUNT, "lambda:EventSourceToken": "t", "aws:PrincipalOrgID": "o-1234567890"}
    same(
        added(SourceAccount=ACCOUNT, EventSourceToken="t", PrincipalOrgID="o-1234567890"),
        expected(Condition={"StringEquals": equals}),
    )
    same(added(Principal=ACCOUNT), expected(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    user = f"arn:aws:iam::{ACCOUNT}:user/bob"
    same(added(Principal=user), expected(Principal={"AWS": user}))
    same(added(Principal="*", Action="lambda:*"), expected(Principal="*", Action="lambda:*"))


@case("AddPermission", "refuses what the service refuses")
def _(aws):
    def refused(code, message, /, **members):
        aws.refused(code, message, "add_permission", **permission(name, **members))

    name = aws.function()
    aws.add_permission(**permission(name))
    refused(
        "ResourceConflictException",
        "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing "
        "statement.",
    )
    refused("ResourceNotFoundException", not_found("nope"), FunctionName="nope")
    refused("ResourceNotFoundException", not_found(name, "9"), Qualifier="9")
    refused(INVALID, "We currently do not support adding policies for $LATEST.", Qualifier="$LATEST")
    refused(
        INVALID,
        "The provided principal was invalid. Please check the principal and try again.",
        StatementId="t",
        Principal="nobody",
    )
    refused(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the "
        "latest Revision Id",
        StatementId="t",
        RevisionId="x",
    )
    refused("ValidationException", None, StatementId="a b")
    refused("ValidationException", None, Action="s3:GetObject")
    refused(INVALID, None, StatementId="t", FunctionUrlAuthType="NONE")
    long = f"arn:aws:s3:::{'x' * 9_980}"
    aws.add_permission(**permission(name, StatementId="t", SourceArn=long))
    refused("PolicyLengthExceededException", None, StatementId="u", SourceArn=f"{long}{'x' * 900}")


@case("RemovePermission", "removes a statement, and the policy with the last one; refuses what is not there")
def _(aws):
    name = aws.function()

    def refused(message, **members):
        aws.refused("ResourceNotFoundException", message, "remove_permission", **members)

    refused("No policy is associated with the given resource.", FunctionName=name, StatementId="s")
    aws.add_permission(**permission(name))
    aws.add_permission(**permission(name, StatementId="t"))
    refused("Statement u is not found in resource policy.", FunctionName=name, StatementId="u")
    revision = aws.get_policy(FunctionName=name)["RevisionId"]
    aws.refused(
        "PreconditionFailedException",
        None,
        "remove_permission",
        FunctionName=name,
        StatementId="s",
        RevisionId="x",
    )
    aws.remove_permission(FunctionName=name, StatementId="s", RevisionId=revision)
    aws.remove_permission(FunctionName=name, StatementId="t")
    refused("No policy is associated with the given resource.", FunctionName=name, StatementId="t")


@case("GetPolicy", "answers the policy of the function, or of a qualifier alone; refuses where there is none")
def _(aws):
    name = aws.function()
    none = "The resource you requested does not exist."
    aws.refused("ResourceNotFoundException", none, "get_policy", FunctionName=name)
    aws.publish_version(FunctionName=name)
    aws.create_alias(FunctionName=name, Name="prod", FunctionVersion="1")
    aws.add_permission(**permission(name, Qualifier="prod", SourceArn=API))
    aws.refused("ResourceNotFoundException", none, "get_policy", FunctionName=name)
    answer = aws.get_policy(FunctionName=name, Qualifier="prod")
    same(answer["RevisionId"], UUID)
    same(
        json.loads(answer["Policy"]),
        {
            "Version": "2012-10-17",
            "Id": "default",
            "Statement": [statement(name, "prod", Condition={"ArnLike": {"AWS:SourceArn": API}})],
        },
    )
    has(answer, {"Policy": answer["Policy"]})
