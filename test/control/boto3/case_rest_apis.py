"""RestApis."""

from harness import ID10, TIME, case, has, invalid_api, lacks, patch, replace, same

COMPRESSION = "Invalid minimum compression size, must be between 0 and 10485760"
DUALSTACK = "Only dualstack ipAddressType is supported for Private APIs."


@case("CreateRestApi", "answers the API with its defaults")
def _(aws):
    answer = aws.create_rest_api(name="defaults")
    same(
        answer,
        {
            "id": ID10,
            "name": "defaults",
            "createdDate": TIME,
            "apiKeySource": "HEADER",
            "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
            "disableExecuteApiEndpoint": False,
            "rootResourceId": ID10,
        },
    )
    root = aws.get_resources(restApiId=answer["id"])["items"]
    same(root, [{"id": answer["rootResourceId"], "path": "/"}])
    same(
        sorted(model["name"] for model in aws.get_models(restApiId=answer["id"])["items"]), ["Empty", "Error"]
    )


@case("CreateRestApi", "keeps what it is given, and leaves empty lists out")
def _(aws):
    answer = aws.create_rest_api(
        name="given",
        description="d",
        version="v1",
        minimumCompressionSize=0,
        apiKeySource="AUTHORIZER",
        binaryMediaTypes=[],
        endpointConfiguration={"types": ["REGIONAL"]},
        tags={"a": "b"},
        disableExecuteApiEndpoint=True,
    )
    has(
        answer,
        {
            "description": "d",
            "version": "v1",
            "minimumCompressionSize": 0,
            "apiKeySource": "AUTHORIZER",
            "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
            "tags": {"a": "b"},
            "disableExecuteApiEndpoint": True,
        },
    )
    lacks(answer, "binaryMediaTypes")
    private = aws.create_rest_api(name="p", endpointConfiguration={"types": ["PRIVATE"]})
    same(private["endpointConfiguration"], {"types": ["PRIVATE"], "ipAddressType": "dualstack"})


@case("CreateRestApi", "copies another API")
def _(aws):
    named = aws.mock()
    answer = aws.create_rest_api(name="copy", cloneFrom=named["restApiId"])
    has(aws.get_resources(restApiId=answer["id"])["items"][0], {"path": "/", "resourceMethods": {"GET": {}}})


@case("CreateRestApi", "takes a fixed id from a tag, once")
def _(aws):
    tags = {"_custom_id_": "my-fixed_Id1"}
    has(aws.create_rest_api(name="fixed", tags=tags), {"id": "my-fixed_Id1", "tags": tags})
    aws.refused("ConflictException", None, "create_rest_api", name="fixed", tags=tags)
    aws.refused("BadRequestException", None, "create_rest_api", name="x", tags={"_custom_id_": "a b"})


@case("CreateRestApi", "refuses what the service refuses")
def _(aws):
    def refused(message, /, **members):
        aws.refused("BadRequestException", message, "create_rest_api", **{"name": "x", **members})

    def endpoint(types, **more):
        return {"types": types, **more}

    refused("Description cannot be an empty string", description="")
    refused(
        "Description cannot be an empty string",
        description="",
        endpointConfiguration=endpoint(["PRIVATE"], ipAddressType="ipv4"),
    )
    refused(
        "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.",
        endpointConfiguration=endpoint([]),
    )
    refused(
        "Cannot create an api with multiple Endpoint Types.",
        endpointConfiguration=endpoint(["EDGE", "REGIONAL"]),
    )
    refused(DUALSTACK, endpointConfiguration=endpoint(["PRIVATE"], ipAddressType="ipv4"))
    refused(COMPRESSION, minimumCompressionSize=-1)
    refused(COMPRESSION, minimumCompressionSize=10485761)
    refused("Name cannot be empty", name="")
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value '[wrong]' at 'createRestApiInput.endpointConfiguration.types' failed to "
        "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]",
        "create_rest_api",
        name="x",
        endpointConfiguration=endpoint(["wrong"]),
    )
    aws.refused(
        "SerializationException",
        "class java.lang.Boolean can not be converted to an String",
        "create_rest_api",
        name=True,
    )
    aws.refused("NotFoundException", None, "create_rest_api", name="x", cloneFrom="nothinghere")


@case("GetRestApi", "answers what was created")
def _(aws):
    created = aws.create_rest_api(name="got", tags={"a": "b"})
    same(aws.get_rest_api(restApiId=created["id"]), created)


@case("GetRestApi", "refuses an unknown id, and one in other letters")
def _(aws):
    api, _root = aws.api()
    for unknown in ["nothinghere", api.upper() if api.upper() != api else "X"]:
        aws.refused("NotFoundException", invalid_api(unknown), "get_rest_api", restApiId=unknown)


@case("GetRestApis", "answers in pages that together hold every API once")
def _(aws):
    ids = {aws.api()[0] for _ in range(3)}
    found, position = [], {}
    while True:
        answer = aws.get_rest_apis(limit=2, **position)
        assert len(answer["items"]) <= 2
        found += [item["id"] for item in answer["items"]]
        if "position" not in answer:
            break
        position = {"position": answer["position"]}
    same(len(found), len(set(found)))
    assert ids <= set(found), f"{ids} in {found}"


@case("GetRestApis", "refuses a position that it did not give")
def _(aws):
    aws.refused("BadRequestException", None, "get_rest_apis", position="bm90aGluZw")


@case("UpdateRestApi", "changes every member that can be changed")
def _(aws):
    api, _root = aws.api()

    def updated(*operations):
        return aws.update_rest_api(restApiId=api, patchOperations=list(operations))

    has(
        updated(patch("replace", "/name", "new"), patch("replace", "/description", "d")),
        {"name": "new", "description": "d", "tags": {}},
    )
    lacks(updated(patch("remove", "/description")), "description")
    has(
        updated(patch("add", "/binaryMediaTypes/image~1png"), patch("add", "/binaryMediaTypes/-")),
        {"binaryMediaTypes": ["image/png", "-"]},
    )
    has(
        updated(patch("replace", "/binaryMediaTypes/image~1png", "image/gif")),
        {"binaryMediaTypes": ["-", "image/gif"]},
    )
    has(updated(patch("remove", "/binaryMediaTypes/-")), {"binaryMediaTypes": ["image/gif"]})
    has(updated(patch("replace", "/minimumCompressionSize", "0")), {"minimumCompressionSize": 0})
    lacks(updated(patch("replace", "/minimumCompressionSize", "")), "minimumCompressionSize")
    has(updated(patch("replace", "/apiKeySource", "AUTHORIZER")), {"apiKeySource": "AUTHORIZER"})
    has(updated(patch("replace", "/disableExecuteApiEndpoint", "true")), {"disableExecuteApiEndpoint": True})
    has(
        updated(patch("replace", "/endpointConfiguration/types/EDGE", "REGIONAL")),
        {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"}},
    )
    has(
        updated(patch("replace", "/endpointConfiguration/ipAddressType", "dualstack")),
        {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "dualstack"}},
    )
    has(
        updated(patch("replace", "/endpointConfiguration/types/REGIONAL", "PRIVATE")),
        {"endpointConfiguration": {"types": ["PRIVATE"], "ipAddressType": "dualstack"}},
    )


@case("UpdateRestApi", "changes all or nothing")
def _(aws):
    api, _root = aws.api()
    before = aws.get_rest_api(restApiId=api)
    operations = [patch("replace", "/name", "new"), patch("replace", "/nothing", "x")]
    aws.refused("BadRequestException", None, "update_rest_api", restApiId=api, patchOperations=operations)
    same(aws.get_rest_api(restApiId=api), before)


@case("UpdateRestApi", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()

    def refused(message, *operations):
        aws.refused(
            "BadRequestException", message, "update_rest_api", restApiId=api, patchOperations=list(operations)
        )

    refused(
        "Invalid patch operation specified. Must be one of: [replace]",
        patch("add", "/minimumCompressionSize", "1"),
    )
    refused(
        "Invalid patch operation specified. Must be 'add'|'remove'|'replace'",
        patch("move", "/endpointConfiguration/types/EDGE", "REGIONAL"),
    )
    refused(
        "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE",
        patch("replace", "/endpointConfiguration/types/EDGE", "wrong"),
    )
    refused(
        "ipAddressType must be either ipv4 or dualstack.",
        patch("replace", "/endpointConfiguration/ipAddressType", "wrong"),
    )
    refused("Invalid patch path /binaryMediaTypes", patch("add", "/binaryMediaTypes", "image/png"))
    refused(COMPRESSION, patch("replace", "/minimumCompressionSize", "x"))
    refused(COMPRESSION, patch("replace", "/minimumCompressionSize", "-1"))
    aws.update_rest_api(
        restApiId=api, patchOperations=replace("/endpointConfiguration/types/EDGE", "PRIVATE")
    )
    refused(DUALSTACK, patch("replace", "/endpointConfiguration/ipAddressType", "ipv4"))
    wrong_op = (
        "1 validation error detected: Value 'wrong' at 'updateRestApiInput.patchOperations.1.member.op' failed to "
        "satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]"
    )
    aws.refused(
        "ValidationException",
        wrong_op,
        "update_rest_api",
        restApiId="nothinghere",
        patchOperations=[patch("wrong", "/name", "x")],
    )
    aws.refused(
        "NotFoundException",
        invalid_api("nothinghere"),
        "update_rest_api",
        restApiId="nothinghere",
        patchOperations=replace("/name", "x"),
    )


@case("DeleteRestApi", "removes the API and what is in it")
def _(aws):
    api, root = aws.api()
    aws.delete_rest_api(restApiId=api)
    aws.refused("NotFoundException", invalid_api(api), "get_rest_api", restApiId=api)
    aws.refused(
        "NotFoundException",
        "Invalid Resource identifier specified",
        "get_resource",
        restApiId=api,
        resourceId=root,
    )


@case("DeleteRestApi", "refuses an unknown id")
def _(aws):
    aws.refused("NotFoundException", invalid_api("nothinghere"), "delete_rest_api", restApiId="nothinghere")


@case("DeleteRestApi", "refuses an id that holds a slash as an unknown one")
def _(aws):
    aws.refused("NotFoundException", invalid_api("a/b c"), "delete_rest_api", restApiId="a/b c")
