"""DocumentationParts and DocumentationVersions."""

import json

from harness import ID6, TIME, case, has, patch, replace, same

NO_PART = "Invalid Documentation part identifier specified"


def part(aws, api=None, **location):
    api = api or aws.api()[0]
    where = location or {"type": "API"}
    answer = aws.create_documentation_part(restApiId=api, location=where, properties='{"description":"d"}')
    return {"restApiId": api, "documentationPartId": answer["id"]}, answer


def version(aws):
    named, _part = part(aws)
    named = {"restApiId": named["restApiId"], "documentationVersion": "v1"}
    return named, aws.create_documentation_version(**named, description="d")


@case("CreateDocumentationPart", "answers the part")
def _(aws):
    where = {"type": "RESPONSE", "path": "/pets", "method": "GET", "statusCode": "200"}
    _named, answer = part(aws, **where)
    same(answer, {"id": ID6, "location": where, "properties": '{"description":"d"}'})


@case("CreateDocumentationPart", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()
    part(aws, api)

    def refused(code, message, location, of=api, properties='{"a":1}'):
        aws.refused(
            code, message, "create_documentation_part", restApiId=of, location=location, properties=properties
        )

    refused(
        "ValidationException",
        "1 validation error detected: Value 'WRONG' at 'createDocumentationPartInput.location.type' failed to satisfy "
        "constraint: Member must satisfy enum value set: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, "
        "RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, REQUEST_HEADER]",
        {"type": "WRONG"},
    )
    refused("ConflictException", None, {"type": "API"})
    refused("NotFoundException", None, {"type": "API"}, of="nothinghere")
    refused("BadRequestException", None, {"type": "MODEL", "name": "m"}, properties="not json")


@case("GetDocumentationPart", "answers the part, and refuses an unknown one")
def _(aws):
    named, created = part(aws)
    same(aws.get_documentation_part(**named), created)
    aws.refused(
        "NotFoundException", NO_PART, "get_documentation_part", **{**named, "documentationPartId": "nothin"}
    )


@case("GetDocumentationParts", "answers the parts that are asked for")
def _(aws):
    named, _created = part(aws)
    api = named["restApiId"]
    part(aws, api, type="METHOD", path="/pets", method="GET")
    part(aws, api, type="METHOD", path="/dogs", method="GET")
    part(aws, api, type="MODEL", name="Pet")

    def found(**members):
        return sorted(
            (item["location"]["type"], item["location"].get("path"))
            for item in aws.get_documentation_parts(restApiId=api, **members)["items"]
        )

    same(len(found()), 4)
    same(found(type="METHOD"), [("METHOD", "/dogs"), ("METHOD", "/pets")])
    same(found(path="/pets"), [("METHOD", "/pets")])
    same(found(nameQuery="Pet"), [("MODEL", None)])


@case("GetDocumentationParts", "refuses an unknown API or type")
def _(aws):
    aws.refused("NotFoundException", None, "get_documentation_parts", restApiId="nothinghere")
    aws.refused("ValidationException", None, "get_documentation_parts", restApiId="nothinghere", type="WRONG")


@case("UpdateDocumentationPart", "changes the properties, and refuses to change anything else")
def _(aws):
    named, _created = part(aws)
    has(
        aws.update_documentation_part(**named, patchOperations=replace("/properties", '{"a":1}')),
        {"properties": '{"a":1}'},
    )
    aws.refused(
        "BadRequestException",
        "Invalid patch path  '/location' specified for op 'replace'. Must be one of: [/properties]",
        "update_documentation_part",
        **named,
        patchOperations=replace("/location", "x")
    )
    unknown = {**named, "documentationPartId": "nothin"}
    aws.refused(
        "NotFoundException",
        NO_PART,
        "update_documentation_part",
        **unknown,
        patchOperations=replace("/properties", "{}")
    )


@case("DeleteDocumentationPart", "removes the part, and refuses an unknown one")
def _(aws):
    named, _created = part(aws)
    aws.delete_documentation_part(**named)
    aws.refused("NotFoundException", NO_PART, "delete_documentation_part", **named)


@case("ImportDocumentationParts", "answers the ids of what it made")
def _(aws):
    api, _root = aws.api()
    document = {"documentationParts": [{"location": {"type": "API"}, "properties": {"description": "d"}}]}
    body = json.dumps(
        {
            "openapi": "3.0.1",
            "info": {"title": "t", "version": "1"},
            "paths": {},
            "x-amazon-apigateway-documentation": document,
        }
    )
    answer = aws.import_documentation_parts(restApiId=api, mode="merge", body=body)
    same(answer["ids"], [ID6])
    same(
        aws.get_documentation_part(restApiId=api, documentationPartId=answer["ids"][0])["location"],
        {"type": "API"},
    )


@case("ImportDocumentationParts", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()
    aws.refused(
        "BadRequestException",
        "Unable to build importer with provided input.",
        "import_documentation_parts",
        restApiId=api,
        body="nonsense",
    )
    aws.refused("NotFoundException", None, "import_documentation_parts", restApiId="nothinghere", body="{}")
    aws.refused("ValidationException", None, "import_documentation_parts", restApiId=api, mode="x", body="{}")


@case("CreateDocumentationVersion", "answers the version")
def _(aws):
    _named, answer = version(aws)
    same(answer, {"version": "v1", "createdDate": TIME, "description": "d"})


@case("CreateDocumentationVersion", "refuses a version that is there, and an unknown API")
def _(aws):
    named, _created = version(aws)
    aws.refused("ConflictException", None, "create_documentation_version", **named)
    aws.refused(
        "NotFoundException", None, "create_documentation_version", **{**named, "restApiId": "nothinghere"}
    )


@case("GetDocumentationVersion", "answers the version, and refuses an unknown one")
def _(aws):
    named, created = version(aws)
    same(aws.get_documentation_version(**named), created)
    aws.refused(
        "NotFoundException", None, "get_documentation_version", **{**named, "documentationVersion": "v2"}
    )


@case("GetDocumentationVersions", "answers all, and refuses an unknown API")
def _(aws):
    named, created = version(aws)
    same(aws.get_documentation_versions(restApiId=named["restApiId"]), {"items": [created]})
    aws.refused("NotFoundException", None, "get_documentation_versions", restApiId="nothinghere")


@case("UpdateDocumentationVersion", "changes the description, and refuses to change anything else")
def _(aws):
    named, _created = version(aws)
    has(
        aws.update_documentation_version(**named, patchOperations=replace("/description", "e")),
        {"description": "e"},
    )
    aws.refused(
        "BadRequestException",
        None,
        "update_documentation_version",
        **named,
        patchOperations=replace("/version", "x")
    )
    unknown = {**named, "documentationVersion": "v2"}
    aws.refused(
        "NotFoundException",
        None,
        "update_documentation_version",
        **unknown,
        patchOperations=[patch("replace", "/description", "x")]
    )


@case("DeleteDocumentationVersion", "removes the version, and refuses an unknown one")
def _(aws):
    named, _created = version(aws)
    aws.delete_documentation_version(**named)
    aws.refused("NotFoundException", None, "delete_documentation_version", **named)
