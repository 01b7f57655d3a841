"""Import and export of whole APIs."""

import json

from harness import ID10, TIME, case, has, invalid_api, same

DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "Pets", "version": "v1.0"},
    "paths": {
        "/pets": {
            "get": {
                "responses": {"200": {"description": "200 response"}},
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": 200}'},
                    "responses": {"default": {"statusCode": "200"}},
                },
            }
        }
    },
}
WARNING = (
    "Invalid format for 'requestParameters'. Expected type string for property 'integration.request.header.nothing' of "
    "resource '/pets' and method 'GET' but got 'true'"
)


def document(**members):
    return json.dumps({**DOCUMENT, **members})


def with_warning():
    changed = json.loads(json.dumps(DOCUMENT))
    integration = changed["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"]
    integration["requestParameters"] = {"integration.request.header.nothing": True}
    return json.dumps(changed)


def paths(aws, api):
    return [item["path"] for item in aws.get_resources(restApiId=api)["items"]]


@case("ImportRestApi", "makes the API that a document describes")
def _(aws):
    answer = aws.import_rest_api(body=document(), parameters={"endpointConfigurationTypes": "REGIONAL"})
    has(
        answer,
        {
            "id": ID10,
            "name": "Pets",
            "version": "v1.0",
            "createdDate": TIME,
            "apiKeySource": "HEADER",
            "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
            "disableExecuteApiEndpoint": False,
            "rootResourceId": ID10,
        },
    )
    same(paths(aws, answer["id"]), ["/", "/pets"])
    has(aws.get_resources(restApiId=answer["id"])["items"][1], {"resourceMethods": {"GET": {}}})


@case("ImportRestApi", "reads Swagger, YAML, and a base path in three ways")
def _(aws):
    swagger = json.dumps(
        {"swagger": "2.0", "info": {"title": "S", "version": "1"}, "basePath": "/a/b", "paths": {"/c": {}}}
    )
    for mode, wanted in [
        ("ignore", ["/", "/c"]),
        ("prepend", ["/", "/a", "/a/b", "/a/b/c"]),
        ("split", ["/", "/b", "/b/c"]),
    ]:
        same(
            (mode, paths(aws, aws.import_rest_api(body=swagger, parameters={"basepath": mode})["id"])),
            (mode, wanted),
        )
    text = "openapi: 3.0.1\ninfo: {title: Y, version: '1'}\npaths:\n  /y: {}\n"
    has(aws.import_rest_api(body=text), {"name": "Y"})


@case("ImportRestApi", "warns, and makes nothing when warnings count as failures")
def _(aws):
    same(aws.import_rest_api(body=with_warning())["warnings"], [WARNING])
    aws.refused("BadRequestException", None, "import_rest_api", body=with_warning(), failOnWarnings=True)


@case("ImportRestApi", "refuses what is no document")
def _(aws):
    for body in ["nonsense", "{", "openapi: ["]:
        aws.refused("BadRequestException", "Invalid OpenAPI input.", "import_rest_api", body=body)
    for body in ["[]", "{}"]:
        aws.refused("BadRequestException", None, "import_rest_api", body=body)


@case("PutRestApi", "replaces what was there, or adds to it")
def _(aws):
    api, root = aws.api()
    aws.create_resource(restApiId=api, parentId=root, pathPart="old")
    merged = aws.put_rest_api(restApiId=api, mode="merge", body=document())
    has(merged, {"id": api, "rootResourceId": root})
    same(paths(aws, api), ["/", "/old", "/pets"])
    replaced = aws.put_rest_api(
        restApiId=api, mode="overwrite", body=document(info={"title": "New", "version": "2"})
    )
    has(replaced, {"id": api, "name": "New", "version": "2", "rootResourceId": root, "tags": {}})
    same(paths(aws, api), ["/", "/pets"])


@case("PutRestApi", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()
    aws.refused(
        "BadRequestException", "Invalid OpenAPI input.", "put_rest_api", restApiId=api, body="nonsense"
    )
    aws.refused(
        "NotFoundException",
        invalid_api("nothinghere"),
        "put_rest_api",
        restApiId="nothinghere",
        body=document(),
    )
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value 'x' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [merge, overwrite]",
        "put_rest_api",
        restApiId=api,
        mode="x",
        body=document(),
    )


def deployed(aws):
    api = aws.import_rest_api(body=document())["id"]
    aws.create_deployment(restApiId=api, stageName="prod")
    return {"restApiId": api, "stageName": "prod"}


@case("GetExport", "answers the stage as OpenAPI")
def _(aws):
    answer = aws.get_export(**deployed(aws), exportType="oas30", parameters={"extensions": "integrations"})
    same(
        (answer["contentType"], answer["contentDisposition"]),
        ("application/octet-stream", 'attachment; filename="oas30_v1.0.json"'),
    )
    exported = json.loads(answer["body"].read())
    has(exported, {"openapi": "3.0.1", "info": {"title": "Pets", "version": "v1.0"}, "components": {}})
    same(exported["servers"][0]["variables"], {"basePath": {"default": "prod"}})
    integration = exported["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"]
    has(integration, {"type": "mock", "passthroughBehavior": "when_no_match"})


@case("GetExport", "answers the stage as Swagger, in YAML too")
def _(aws):
    named = deployed(aws)
    answer = aws.get_export(**named, exportType="swagger")
    same(answer["contentDisposition"], 'attachment; filename="swagger_v1.0.json"')
    exported = json.loads(answer["body"].read())
    has(exported, {"swagger": "2.0", "basePath": "/prod", "schemes": ["https"]})
    assert "x-amazon-apigateway-integration" not in json.dumps(exported)
    yaml = aws.get_export(**named, exportType="swagger", accepts="application/yaml")["body"].read().decode()
    assert yaml.lstrip("-\n ").startswith(("swagger:", '"swagger":')), yaml[:80]


@case("GetExport", "refuses an unknown stage or kind")
def _(aws):
    named = deployed(aws)
    aws.refused(
        "NotFoundException", None, "get_export", **{**named, "stageName": "nothing"}, exportType="oas30"
    )
    aws.refused("BadRequestException", None, "get_export", **named, exportType="raml")
