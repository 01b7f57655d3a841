"""Aliases."""

from harness import lacks, same
from lambda_harness import UUID, arn, case, not_found

INVALID = "InvalidParameterValueException"


def versions(aws, count=2):
    """A function with versions. @return its name"""
    name = aws.function()
    for timeout in range(count):
        aws.update_function_configuration(FunctionName=name, Timeout=timeout + 1)
        aws.publish_version(FunctionName=name)
    return name


def alias(name, **members):
    return {
        "AliasArn": arn(name, "prod"),
        "Name": "prod",
        "FunctionVersion": "1",
        "Description": "",
        "RevisionId": UUID,
        **members,
    }


@case("CreateAlias", "answers the alias, with a second version for a share of the invocations")
def _(aws):
    name = versions(aws)
    same(aws.create_alias(FunctionName=name, Name="prod", FunctionVersion="1"), alias(name))
    routing = {"AdditionalVersionWeights": {"2": 0.1}}
    made = aws.create_alias(
        FunctionName=name, Name="beta", FunctionVersion="1", Description="d", RoutingConfig=routing
    )
    same(made, alias(name, AliasArn=arn(name, "beta"), Name="beta", Description="d", RoutingConfig=routing))


@case("CreateAlias", "refuses what the service refuses")
def _(aws):
    def refused(code, message, /, **members):
        given = {"FunctionName": name, "Name": "prod", "FunctionVersion": "1", **members}
        aws.refused(code, message, "create_alias", **given)

    def routed(**weights):
        return {"AdditionalVersionWeights": {key[1:]: weight for key, weight in weights.items()}}

    name = versions(aws, 3)
    aws.create_alias(FunctionName=name, Name="prod", FunctionVersion="1")
    refused("ResourceConflictException", f"Alias already exists: {arn(name, 'prod')}")
    refused("ResourceNotFoundException", not_found("nope"), FunctionName="nope")
    refused("ResourceNotFoundException", not_found(name, "9"), Name="a", FunctionVersion="9")
    refused("ResourceNotFoundException", not_found(name, "9"), Name="a", RoutingConfig=routed(_9=0.1))
    refused(
        INVALID,
        "$LATEST is not supported for an alias pointing to more than 1 version",
        Name="a",
        FunctionVersion="$LATEST",
        RoutingConfig=routed(_1=0.5),
    )
    refused(INVALID, None, Name="a", RoutingConfig=routed(_1=0.5))
    refused(INVALID, None, Name="a", RoutingConfig=routed(_2=0.5, _3=0.1))
    refused("ValidationException", None, Name="a", RoutingConfig=routed(_2=1.5))
    refused("ValidationException", None, Name="12")
    refused("ValidationException", None, Name="a b")


@case("GetAlias", "answers the alias; refuses an unknown one")
def _(aws):
    name = versions(aws)
    aws.create_alias(FunctionName=name, Name="prod", FunctionVersion="1")
    same(aws.get_alias(FunctionName=name, Name="prod"), alias(name))
    aws.refused(
        "ResourceNotFoundException",
        f"Cannot find alias arn: {arn(name, 'nope')}",
        "get_alias",
        FunctionName=name,
        Name="nope",
    )
    aws.refused("ResourceNotFoundException", not_found("nope"), "get_alias", FunctionName="nope", Name="prod")


@case("ListAliases", "answers all aliases, or those of a version; refuses an unknown function")
def _(aws):
    name = versions(aws)
    for alias_name, version in (("a", "1"), ("b", "2"), ("c", "1")):
        aws.create_alias(FunctionName=name, Name=alias_name, FunctionVersion=version)

    def names(**members):
        return [one["Name"] for one in aws.list_aliases(FunctionName=name, **members)["Aliases"]]

    same(names(), ["a", "b", "c"])
    same(names(FunctionVersion="1"), ["a", "c"])
    pages = aws.client.get_paginator("list_aliases").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 2}
    )
    same([one["Name"] for page in pages for one in page["Aliases"]], ["a", "b", "c"])
    aws.refused("ResourceNotFoundException", not_found("nope"), "list_aliases", FunctionName="nope")


@case("UpdateAlias", "changes what it is given; the shares go when they are empty")
def _(aws):
    name = versions(aws)
    aws.create_alias(FunctionName=name, Name="prod", FunctionVersion="1", Description="d")
    routing = {"AdditionalVersionWeights": {"2": 0.25}}
    updated = aws.update_alias(FunctionName=name, Name="prod", RoutingConfig=routing)
    same(updated, alias(name, Description="d", RoutingConfig=routing))
    updated = aws.update_alias(
        FunctionName=name, Name="prod", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {}}
    )
    same(updated, alias(name, Description="d", FunctionVersion="2"))
    lacks(updated, "RoutingConfig")


@case("UpdateAlias", "refuses what the service refuses")
def _(aws):
    name = versions(aws)
    aws.create_alias(FunctionName=name, Name="prod", FunctionVersion="1")
    named = {"FunctionName": name, "Name": "prod"}
    aws.refused(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetAlias API to retrieve the "
        "latest Revision Id",
        "update_alias",
        **named,
        RevisionId="x",
    )
    aws.refused("ResourceNotFoundException", None, "update_alias", **{**named, "Name": "nope"})
    aws.refused("ResourceNotFoundException", not_found(name, "9"), "update_alias", **named, FunctionVersion="9")


@case("DeleteAlias", "removes the alias and what belongs to it, also when it is gone; refuses an unknown function")
def _(aws):
    name = versions(aws)
    named = {"FunctionName": name, "Name": "prod"}
    aws.create_alias(**named, FunctionVersion="1")
    aws.put_function_event_invoke_config(FunctionName=name, Qualifier="prod", MaximumRetryAttempts=1)
    aws.delete_alias(**named)
    aws.delete_alias(**named)
    aws.create_alias(**named, FunctionVersion="1")
    aws.refused(
        "ResourceNotFoundException",
        None,
        "get_function_event_invoke_config",
        FunctionName=name,
        Qualifier="prod",
    )
    aws.refused("ResourceNotFoundException", not_found("nope"), "delete_alias", FunctionName="nope", Name="a")
