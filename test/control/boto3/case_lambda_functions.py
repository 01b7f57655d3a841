"""Functions, their code, versions, tags, concurrency, and settings of asynchronous invocations."""

import base64
import hashlib
import re
import urllib.request

from harness import ACCOUNT, NUMBER, TEXT, TIME, Matching, has, lacks, same
from lambda_harness import ROLE, SHA, UUID, arn, case, not_found, zip_of

MODIFIED = Matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
INVALID = "InvalidParameterValueException"


def defaults(name, version="$LATEST"):
    return {
        "FunctionName": name,
        "FunctionArn": arn(name),
        "Runtime": "nodejs24.x",
        "Role": ROLE,
        "Handler": "app.handler",
        "CodeSize": NUMBER,
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": MODIFIED,
        "CodeSha256": SHA,
        "Version": version,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": UUID,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
    }


def given(name, **members):
    return {
        "FunctionName": name,
        "Runtime": "nodejs24.x",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": {"ZipFile": zip_of()},
        **members,
    }


PROVIDER = f"arn:aws:lambda:us-east-1:{ACCOUNT}:capacity-provider:machine"


def capacity(**members):
    return {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": PROVIDER, **members}}


@case("CreateFunction", "answers the function with its defaults, and waiters end at once")
def _(aws):
    name = aws.fresh("f")
    code = zip_of()
    created = aws.create_function(**given(name))
    same(created, defaults(name))
    same(created["CodeSize"], len(code))
    same(created["CodeSha256"], base64.b64encode(hashlib.sha256(code).digest()).decode())
    for waiter in ("function_active_v2", "function_updated_v2", "function_exists"):
        aws.client.get_waiter(waiter).wait(FunctionName=name, WaiterConfig={"MaxAttempts": 1})


@case("CreateFunction", "keeps what it is given, and publishes when it is told to")
def _(aws):
    name = aws.fresh("f")
    settings = {
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Description": "d",
        "Timeout": 900,
        "MemorySize": 10240,
        "Environment": {"Variables": {"GREETING": "hello"}},
        "EphemeralStorage": {"Size": 1024},
        "Architectures": ["arm64"],
        "CapacityProviderConfig": capacity(PerExecutionEnvironmentMaxConcurrency=1600),
    }
    created = aws.create_function(**given(name, **settings), Publish=True, Tags={"a": "b"})
    has(created, {**settings, "Version": "1", "FunctionArn": arn(name, "1")})
    same(aws.list_tags(Resource=arn(name))["Tags"], {"a": "b"})


@case("CreateFunction", "takes a runtime of one's own without a handler, and names in all their forms")
def _(aws):
    name = aws.fresh("f")
    members = given(f"{ACCOUNT}:function:{name}", Runtime="provided.al2023")
    del members["Handler"]
    created = aws.create_function(**members)
    has(created, {"FunctionName": name, "Runtime": "provided.al2023"})
    lacks(created, "Handler")
    other = aws.fresh("f")
    has(aws.create_function(**given(arn(other))), {"FunctionName": other})


@case("CreateFunction", "refuses what the service refuses")
def _(aws):
    def refused(code, message, /, **members):
        aws.refused(code, message, "create_function", **given(aws.fresh("f"), **members))

    name = aws.function()
    aws.refused("ResourceConflictException", f"Function already exist: {name}", "create_function", **given(name))
    mandatory = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
    members = given(aws.fresh("f"))
    del members["Handler"]
    aws.refused(INVALID, mandatory, "create_function", **members)
    refused(INVALID, "Uploaded file must be a non-empty zip", Code={"ZipFile": b""})
    refused(
        INVALID,
        "Could not unzip uploaded file. Please check your file, then try to upload again. "
        "(What is wrong with it: it is no zip file, or not the whole of one.)",
        Code={"ZipFile": b"no zip"},
    )
    refused(INVALID, "Please provide a source for function code.", Code={})
    refused(
        INVALID,
        "The runtime java21 is not one that this gateway runs. It runs nodejs18.x, nodejs20.x, nodejs22.x, "
        "nodejs24.x, python3.9, python3.10, python3.11, python3.12, python3.13, provided, provided.al2, "
        "provided.al2023.",
        Runtime="java21",
    )
    constraint = "failed to satisfy constraint: Member must"
    refused(
        "ValidationException",
        f"1 validation error detected: Value '901' at 'timeout' {constraint} have value less than or equal to 900",
        Timeout=901,
    )
    refused(
        "ValidationException",
        f"1 validation error detected: Value '64' at 'memorySize' {constraint} have value greater than or equal to 128",
        MemorySize=64,
    )
    at = "'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig.perExecutionEnvironmentMaxConcurrency'"
    refused(
        "ValidationException",
        f"1 validation error detected: Value '1601' at {at} {constraint} have value less than or equal to 1600",
        CapacityProviderConfig=capacity(PerExecutionEnvironmentMaxConcurrency=1601),
    )
    refused(
        "ValidationException",
        f"1 validation error detected: Value 'nobody' at 'role' {constraint} satisfy regular expression pattern: "
        "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
        Role="nobody",
    )
    refused(
        "ValidationException",
        "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must "
        "satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
        Environment={"Variables": {"1A": "secret"}},
    )
    refused(
        INVALID,
        "Lambda was unable to configure your environment variables because the environment variables you have "
        "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
        "this request: AWS_REGION",
        Environment={"Variables": {"AWS_REGION": "x"}},
    )
    refused(
        INVALID,
        "Lambda was unable to configure your environment variables because the environment variables you have "
        "provided exceeded the 4KB limit.",
        Environment={"Variables": {"BIG": "x" * 4096}},
    )
    for member, value in {
        "Layers": [f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:l:1"],
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "PackageType": "Image",
        "DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"},
        "SnapStart": {"ApplyOn": "PublishedVersions"},
        "CapacityProviderConfig": capacity(ExecutionEnvironmentMemoryGiBPerVCpu=4.0),
    }.items():
        refused(INVALID, re.compile(f"^{member}.* is not supported: "), **{member: value})
    refused(INVALID, None, Code={"S3Bucket": "bucket", "S3Key": "k"})
    aws.refused(INVALID, None, "create_function", **given("x" * 65))


@case("GetFunction", "answers the function, and where its code is; names have many forms")
def _(aws):
    name = aws.function()
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)
    answer = aws.get_function(FunctionName=name)
    same(answer["Configuration"], defaults(name))
    same(answer["Concurrency"], {"ReservedConcurrentExecutions": 3})
    same(answer["Code"]["RepositoryType"], "S3")
    with urllib.request.urlopen(answer["Code"]["Location"]) as response:
        same(response.headers["content-type"], "application/zip")
        same(response.read(), zip_of())
    for form in (arn(name), f"{ACCOUNT}:function:{name}", f"function:{name}"):
        has(aws.get_function(FunctionName=form)["Configuration"], {"FunctionName": name})
    latest = aws.get_function(FunctionName=name, Qualifier="$LATEST")["Configuration"]
    has(latest, {"FunctionArn": arn(name, "$LATEST"), "Version": "$LATEST"})
    aws.publish_version(FunctionName=name)
    aws.create_alias(FunctionName=name, Name="prod", FunctionVersion="1")
    by_alias = aws.get_function(FunctionName=arn(name, "prod"))["Configuration"]
    has(by_alias, {"FunctionArn": arn(name, "prod"), "Version": "1"})


@case("GetFunction", "refuses what the service refuses")
def _(aws):
    def refused(code, message, /, **members):
        aws.refused(code, message, "get_function", **members)

    name = aws.function()
    refused("ResourceNotFoundException", not_found("nope"), FunctionName="nope")
    refused("ResourceNotFoundException", not_found(name, "7"), FunctionName=name, Qualifier="7")
    refused("ResourceNotFoundException", not_found(name, "beta"), FunctionName=f"{name}:beta")
    refused(
        "ResourceNotFoundException",
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        FunctionName=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}",
    )
    refused(
        INVALID,
        "The derived qualifier from the function name does not match the specified qualifier.",
        FunctionName=f"{name}:1",
        Qualifier="2",
    )
    refused("ValidationException", None, FunctionName="a b")


@case("GetFunctionConfiguration", "answers the configuration; refuses an unknown function")
def _(aws):
    name = aws.function()
    same(aws.get_function_configuration(FunctionName=name), defaults(name))
    aws.refused("ResourceNotFoundException", not_found("nope"), "get_function_configuration", FunctionName="nope")


@case("ListFunctions", "answers all functions in pages, with their versions when asked; refuses a strange marker")
def _(aws):
    names = [aws.function() for _ in range(3)]
    aws.publish_version(FunctionName=names[0])
    pages = aws.client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    listed = [one for page in pages for one in page["Functions"]]
    assert set(names) <= {one["FunctionName"] for one in listed}
    every = aws.client.get_paginator("list_functions").paginate(FunctionVersion="ALL")
    arns = [one["FunctionArn"] for page in every for one in page["Functions"]]
    assert arn(names[0], "$LATEST") in arns and arn(names[0], "1") in arns
    same(aws.list_functions(MasterRegion="eu-west-1", FunctionVersion="ALL")["Functions"], [])
    aws.refused(INVALID, "The marker is not one of a list that was given", "list_functions", Marker="x")


@case("UpdateFunctionCode", "replaces the code, publishes, and only looks when told so")
def _(aws):
    name = aws.function()
    before = aws.get_function_configuration(FunctionName=name)
    code = zip_of(app__mjs="export const handler = () => 2")
    dry = aws.update_function_code(FunctionName=name, ZipFile=code, DryRun=True)
    assert dry["CodeSha256"] != before["CodeSha256"]
    same(aws.get_function_configuration(FunctionName=name), before)
    after = aws.update_function_code(FunctionName=name, ZipFile=code, RevisionId=before["RevisionId"])
    same(after["CodeSha256"], dry["CodeSha256"])
    assert after["RevisionId"] != before["RevisionId"]
    published = aws.update_function_code(
        FunctionName=name, ZipFile=zip_of(app__mjs="3"), Publish=True, Architectures=["arm64"]
    )
    has(published, {"Version": "1", "Architectures": ["arm64"]})


@case("UpdateFunctionCode", "refuses what the service refuses")
def _(aws):
    def refused(code, message, /, **members):
        aws.refused(code, message, "update_function_code", **{"FunctionName": name, "ZipFile": zip_of(), **members})

    name = aws.function()
    refused("ResourceNotFoundException", not_found("nope"), FunctionName="nope")
    refused(INVALID, "Please provide a source for function code.", ZipFile=None)
    refused(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the "
        "GetFunction/GetFunctionConfiguration API to retrieve the latest Revision Id",
        RevisionId="x",
    )
    refused(INVALID, None, ZipFile=zip_of()[:-10])


@case("UpdateFunctionConfiguration", "changes what it is given and leaves the rest")
def _(aws):
    name = aws.function(Environment={"Variables": {"AA": "1"}}, Description="d")
    after = aws.update_function_configuration(FunctionName=name, Timeout=10, MemorySize=256)
    has(after, {"Timeout": 10, "MemorySize": 256, "Description": "d", "Environment": {"Variables": {"AA": "1"}}})
    after = aws.update_function_configuration(FunctionName=name, Environment={"Variables": {"BB": "2"}})
    same(after["Environment"], {"Variables": {"BB": "2"}})
    lacks(aws.update_function_configuration(FunctionName=name, Environment={"Variables": {}}), "Environment")


@case("UpdateFunctionConfiguration", "sets how many invocations an environment runs at once, and keeps it")
def _(aws):
    name = aws.function()
    lacks(aws.get_function_configuration(FunctionName=name), "CapacityProviderConfig")
    after = aws.update_function_configuration(FunctionName=name, CapacityProviderConfig=capacity())
    same(after["CapacityProviderConfig"], capacity(PerExecutionEnvironmentMaxConcurrency=64))
    eight = capacity(PerExecutionEnvironmentMaxConcurrency=8)
    aws.update_function_configuration(FunctionName=name, CapacityProviderConfig=eight)
    has(aws.publish_version(FunctionName=name), {"Version": "1", "CapacityProviderConfig": eight})
    same(aws.update_function_configuration(FunctionName=name, Timeout=9)["CapacityProviderConfig"], eight)


@case("UpdateFunctionConfiguration", "refuses what the service refuses")
def _(aws):
    def refused(code, message, /, **members):
        aws.refused(code, message, "update_function_configuration", **{"FunctionName": name, **members})

    name = aws.function()
    refused("ResourceNotFoundException", not_found("nope"), FunctionName="nope")
    refused("PreconditionFailedException", None, RevisionId="x", Timeout=4)
    refused("ValidationException", None, Timeout=0)
    refused(INVALID, None, Runtime="ruby3.3")
    refused(INVALID, None, FunctionName=f"{name}:1")


@case("DeleteFunction", "removes the function with all that belongs to it, or one version")
def _(aws):
    name = aws.function()
    aws.publish_version(FunctionName=name)
    aws.delete_function(FunctionName=name, Qualifier="1")
    same([one["Version"] for one in aws.list_versions_by_function(FunctionName=name)["Versions"]], ["$LATEST"])
    aws.delete_function(FunctionName=name)
    aws.refused("ResourceNotFoundException", not_found(name), "get_function", FunctionName=name)
    # Numbers of versions begin anew with a new function.
    aws.function(name)
    same(aws.publish_version(FunctionName=name)["Version"], "1")


@case("DeleteFunction", "refuses what the service refuses")
def _(aws):
    def refused(code, message, /, **members):
        aws.refused(code, message, "delete_function", **members)

    name = aws.function()
    aws.publish_version(FunctionName=name)
    aws.create_alias(FunctionName=name, Name="prod", FunctionVersion="1")
    refused("ResourceNotFoundException", not_found("nope"), FunctionName="nope")
    refused("ResourceNotFoundException", not_found(name, "9"), FunctionName=name, Qualifier="9")
    refused(
        INVALID,
        "$LATEST version cannot be deleted without deleting the function.",
        FunctionName=name,
        Qualifier="$LATEST",
    )
    refused(
        "ResourceConflictException",
        "Unable to delete version because the following aliases reference it: [prod]",
        FunctionName=name,
        Qualifier="1",
    )
    refused(INVALID, "Deletion of aliases is not currently supported.", FunctionName=name, Qualifier="prod")


@case("PublishVersion", "freezes the function, and gives the last version again while nothing has changed")
def _(aws):
    name = aws.function()
    first = aws.publish_version(FunctionName=name, Description="first")
    has(first, {"Version": "1", "FunctionArn": arn(name, "1"), "Description": "first"})
    same(aws.publish_version(FunctionName=name)["Version"], "1")
    aws.update_function_configuration(FunctionName=name, Timeout=9)
    has(aws.publish_version(FunctionName=name), {"Version": "2", "Timeout": 9})
    same(aws.get_function_configuration(FunctionName=name, Qualifier="1")["Timeout"], 3)


@case("PublishVersion", "refuses what the service refuses")
def _(aws):
    name = aws.function()
    sha = aws.get_function_configuration(FunctionName=name)["CodeSha256"]
    aws.refused("ResourceNotFoundException", not_found("nope"), "publish_version", FunctionName="nope")
    aws.refused(
        INVALID,
        f"CodeSHA256 (x) is different from current CodeSHA256 in $LATEST ({sha}). Please try again with the "
        "CodeSHA256 in $LATEST.",
        "publish_version",
        FunctionName=name,
        CodeSha256="x",
    )
    aws.refused("PreconditionFailedException", None, "publish_version", FunctionName=name, RevisionId="x")


@case("ListVersionsByFunction", "answers $LATEST first; refuses an unknown function")
def _(aws):
    name = aws.function()
    aws.publish_version(FunctionName=name)
    first = aws.list_versions_by_function(FunctionName=name, MaxItems=1)
    same([one["FunctionArn"] for one in first["Versions"]], [arn(name, "$LATEST")])
    second = aws.list_versions_by_function(FunctionName=name, Marker=first["NextMarker"])
    same([one["FunctionArn"] for one in second["Versions"]], [arn(name, "1")])
    lacks(second, "NextMarker")
    aws.refused("ResourceNotFoundException", not_found("nope"), "list_versions_by_function", FunctionName="nope")


@case("PutFunctionConcurrency", "reserves; refuses what leaves too little for others")
def _(aws):
    name = aws.function()
    put = aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    same(put, {"ReservedConcurrentExecutions": 0})
    aws.refused(
        INVALID,
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
        "below its minimum value of [100].",
        "put_function_concurrency",
        FunctionName=name,
        ReservedConcurrentExecutions=901,
    )
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: "
        "Member must have value greater than or equal to 0",
        "put_function_concurrency",
        FunctionName=name,
        ReservedConcurrentExecutions=-1,
    )


@case("GetFunctionConcurrency", "answers what is reserved, or nothing; refuses an unknown function")
def _(aws):
    name = aws.function()
    same(aws.get_function_concurrency(FunctionName=name), {})
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=5)
    same(aws.get_function_concurrency(FunctionName=name), {"ReservedConcurrentExecutions": 5})
    aws.refused("ResourceNotFoundException", not_found("nope"), "get_function_concurrency", FunctionName="nope")


@case("DeleteFunctionConcurrency", "gives the reservation back; refuses an unknown function")
def _(aws):
    name = aws.function()
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=5)
    aws.delete_function_concurrency(FunctionName=name)
    same(aws.get_function_concurrency(FunctionName=name), {})
    aws.refused("ResourceNotFoundException", not_found("nope"), "delete_function_concurrency", FunctionName="nope")


@case("GetAccountSettings", "answers limits and usage")
def _(aws):
    aws.function()
    answer = aws.get_account_settings()
    has(answer["AccountLimit"], {"CodeSizeZipped": 52428800, "CodeSizeUnzipped": 262144000})
    has(answer["AccountLimit"], {"ConcurrentExecutions": 1000, "TotalCodeSize": 80530636800})
    assert answer["AccountUsage"]["FunctionCount"] >= 1 and answer["AccountUsage"]["TotalCodeSize"] > 0


@case("TagResource", "adds tags; refuses qualified functions, unknown ones and too many")
def _(aws):
    name = aws.function()
    aws.tag_resource(Resource=arn(name), Tags={"a": "1", "b": "2"})
    aws.tag_resource(Resource=arn(name), Tags={"b": "3"})
    same(aws.get_function(FunctionName=name)["Tags"], {"a": "1", "b": "3"})

    def refused(code, message, resource, tags):
        aws.refused(code, message, "tag_resource", Resource=resource, Tags=tags)

    refused("ResourceNotFoundException", not_found("nope"), arn("nope"), {"a": "b"})
    refused(INVALID, None, arn(name, "1"), {"a": "b"})
    refused(INVALID, None, arn(name), {f"k{n}": "v" for n in range(51)})
    refused(INVALID, None, arn(name), {"aws:x": "y"})


@case("UntagResource", "takes tags away; refuses an unknown function")
def _(aws):
    name = aws.function(Tags={"a": "1", "b c": "2", "d": "3"})
    aws.untag_resource(Resource=arn(name), TagKeys=["a", "b c"])
    same(aws.list_tags(Resource=arn(name)), {"Tags": {"d": "3"}})
    aws.untag_resource(Resource=arn(name), TagKeys=["d"])
    lacks(aws.get_function(FunctionName=name), "Tags")
    aws.refused(
        "ResourceNotFoundException", not_found("nope"), "untag_resource", Resource=arn("nope"), TagKeys=["a"]
    )


@case("ListTags", "answers tags; refuses what is no function")
def _(aws):
    same(aws.list_tags(Resource=arn(aws.function())), {"Tags": {}})
    aws.refused("ResourceNotFoundException", None, "list_tags", Resource="arn:aws:s3:::bucket")


def event_config(name, qualifier="$LATEST", **members):
    return {
        "LastModified": TIME,
        "FunctionArn": arn(name, qualifier),
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
        **members,
    }


@case("PutFunctionEventInvokeConfig", "replaces the settings; refuses what the service refuses")
def _(aws):
    name = aws.function()
    target = arn(aws.function())
    put = aws.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    same(put, event_config(name, MaximumRetryAttempts=0))
    put = aws.put_function_event_invoke_config(
        FunctionName=name, MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": target}}
    )
    destinations = {"OnSuccess": {}, "OnFailure": {"Destination": target}}
    same(put, event_config(name, MaximumEventAgeInSeconds=60, DestinationConfig=destinations))

    def refused(code, message, /, **members):
        aws.refused(code, message, "put_function_event_invoke_config", **{"FunctionName": name, **members})

    refused(INVALID, "You must specify at least one of error handling or destination setting.")
    refused("ValidationException", None, MaximumRetryAttempts=3)
    refused("ValidationException", None, MaximumEventAgeInSeconds=59)
    queue = {"OnSuccess": {"Destination": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"}}
    refused(INVALID, None, DestinationConfig=queue)
    refused("ResourceNotFoundException", not_found("nope"), FunctionName="nope", MaximumRetryAttempts=1)


@case("UpdateFunctionEventInvokeConfig", "changes what it is given; refuses where there is none")
def _(aws):
    name = aws.function()
    missing = f"The function {arn(name, '$LATEST')} doesn't have an EventInvokeConfig"
    aws.refused(
        "ResourceNotFoundException",
        missing,
        "update_function_event_invoke_config",
        FunctionName=name,
        MaximumRetryAttempts=1,
    )
    aws.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    updated = aws.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=99)
    same(updated, event_config(name, MaximumRetryAttempts=0, MaximumEventAgeInSeconds=99))


@case("GetFunctionEventInvokeConfig", "answers the settings of a qualifier; refuses where there are none")
def _(aws):
    name = aws.function()
    aws.publish_version(FunctionName=name)
    aws.create_alias(FunctionName=name, Name="prod", FunctionVersion="1")
    aws.put_function_event_invoke_config(FunctionName=name, Qualifier="prod", MaximumRetryAttempts=1)
    got = aws.get_function_event_invoke_config(FunctionName=name, Qualifier="prod")
    same(got, event_config(name, "prod", MaximumRetryAttempts=1))
    aws.refused("ResourceNotFoundException", None, "get_function_event_invoke_config", FunctionName=name)


@case("ListFunctionEventInvokeConfigs", "answers all of a function; refuses an unknown one")
def _(aws):
    name = aws.function()
    aws.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    listed = aws.list_function_event_invoke_configs(FunctionName=name)
    same(listed["FunctionEventInvokeConfigs"], [event_config(name, MaximumRetryAttempts=1)])
    aws.refused(
        "ResourceNotFoundException", not_found("nope"), "list_function_event_invoke_configs", FunctionName="nope"
    )


@case("DeleteFunctionEventInvokeConfig", "removes the settings; refuses where there are none")
def _(aws):
    name = aws.function()
    aws.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    aws.delete_function_event_invoke_config(FunctionName=name)
    aws.refused("ResourceNotFoundException", None, "delete_function_event_invoke_config", FunctionName=name)


_ = TEXT
