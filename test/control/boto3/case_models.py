"""Models, RequestValidators and GatewayResponses."""

import json

from harness import ID6, TEXT, case, has, invalid_api, lacks, patch, replace, same

EMPTY = {"$schema": "http://json-schema.org/draft-04/schema#", "title": "Empty Schema", "type": "object"}
NO_PROPERTIES = "Model schema must have at least 1 property or array items defined"
NO_VALIDATOR = "Invalid Request Validator identifier specified"
SCHEMA = json.dumps({"type": "object", "properties": {"a": {"type": "string"}}})


def model(aws, api, **members):
    given = {"restApiId": api, "name": "Pet", "contentType": "application/json", "schema": SCHEMA}
    return aws.create_model(**{**given, **members})


@case("CreateModel", "answers the model, without a description that was not given")
def _(aws):
    api, _root = aws.api()
    same(model(aws, api), {"id": ID6, "name": "Pet", "contentType": "application/json", "schema": SCHEMA})
    has(model(aws, api, name="Dog", description="d"), {"description": "d"})


@case("CreateModel", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()
    model(aws, api)

    def refused(code, message, /, **members):
        given = {"restApiId": api, "name": "Cat", "contentType": "application/json", "schema": SCHEMA}
        aws.refused(code, message, "create_model", **{**given, **members})

    refused("ConflictException", "Model name already exists for this REST API", name="Pet")
    refused("BadRequestException", "Model name must be non-empty", name="")
    for schema in ["", "{}"]:
        refused("BadRequestException", NO_PROPERTIES, schema=schema)
    refused("BadRequestException", NO_PROPERTIES, schema="{}", contentType="application/xml")
    refused("NotFoundException", invalid_api("nothinghere"), restApiId="nothinghere")


@case("GetModel", "answers the model; flattened, without references")
def _(aws):
    api, _root = aws.api()
    created = model(aws, api)
    same(aws.get_model(restApiId=api, modelName="Pet"), created)
    reference = f"https://apigateway.amazonaws.com/restapis/{api}/models/Pet"
    pets = json.dumps({"type": "array", "items": {"$ref": reference}})
    model(aws, api, name="Pets", schema=pets)
    same(aws.get_model(restApiId=api, modelName="Pets")["schema"], pets)
    flat = aws.get_model(restApiId=api, modelName="Pets", flatten=True)["schema"]
    assert reference not in flat and '"a"' in flat, flat


@case("GetModel", "refuses an unknown model or API")
def _(aws):
    api, _root = aws.api()
    aws.refused(
        "NotFoundException",
        "Invalid model name specified: MySchema",
        "get_model",
        restApiId=api,
        modelName="MySchema",
    )
    aws.refused("NotFoundException", None, "get_model", restApiId="nothinghere", modelName="MySchema")


@case("GetModels", "answers the two models of a new API")
def _(aws):
    api, _root = aws.api()
    items = {item["name"]: item for item in aws.get_models(restApiId=api)["items"]}
    same(sorted(items), ["Empty", "Error"])
    has(
        items["Empty"],
        {"id": ID6, "description": "This is a default empty schema model", "contentType": "application/json"},
    )
    same(json.loads(items["Empty"]["schema"]), EMPTY)
    has(items["Error"], {"description": "This is a default error schema model"})
    same(json.loads(items["Error"]["schema"])["title"], "Error Schema")


@case("GetModels", "refuses an unknown API")
def _(aws):
    aws.refused("NotFoundException", invalid_api("nothinghere"), "get_models", restApiId="nothinghere")


@case("GetModelTemplate", "answers a template for the model")
def _(aws):
    api, _root = aws.api()
    model(aws, api)
    answer = aws.get_model_template(restApiId=api, modelName="Pet")
    same(answer, {"value": TEXT})
    assert "$input" in answer["value"], answer["value"]


@case("GetModelTemplate", "refuses an unknown model")
def _(aws):
    api, _root = aws.api()
    aws.refused("NotFoundException", None, "get_model_template", restApiId=api, modelName="MySchema")


@case("UpdateModel", "changes description and schema")
def _(aws):
    api, _root = aws.api()
    model(aws, api)
    schema = json.dumps({"type": "array", "items": {"type": "string"}})
    operations = [patch("replace", "/description", "d"), patch("replace", "/schema", schema)]
    has(
        aws.update_model(restApiId=api, modelName="Pet", patchOperations=operations),
        {"description": "d", "schema": schema},
    )


@case("UpdateModel", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()
    model(aws, api)

    def refused(code, message, *operations, name="Pet"):
        aws.refused(
            code, message, "update_model", restApiId=api, modelName=name, patchOperations=list(operations)
        )

    refused(
        "BadRequestException",
        "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]",
        patch("replace", "/name", "x"),
    )
    refused(
        "BadRequestException",
        "Invalid patch path  '/description' specified for op 'add'. Please choose supported operations",
        patch("add", "/description", "x"),
    )
    refused("BadRequestException", NO_PROPERTIES, patch("replace", "/schema", "{}"))
    refused(
        "NotFoundException",
        "Invalid model name specified: MySchema",
        patch("replace", "/description", "x"),
        name="MySchema",
    )


@case("DeleteModel", "removes the model")
def _(aws):
    api, _root = aws.api()
    aws.delete_model(restApiId=api, modelName="Empty")
    same([item["name"] for item in aws.get_models(restApiId=api)["items"]], ["Error"])


@case("DeleteModel", "refuses an unknown model, and one that is used")
def _(aws):
    named = aws.method("ANY", requestModels={"application/json": "Empty"})
    api = named["restApiId"]
    aws.refused(
        "ConflictException",
        "Cannot delete model 'Empty', is referenced in method request: //ANY",
        "delete_model",
        restApiId=api,
        modelName="Empty",
    )
    root = aws.get_rest_api(restApiId=api)["rootResourceId"]
    test = aws.create_resource(restApiId=api, parentId=root, pathPart="test")["id"]
    aws.put_method(
        restApiId=api,
        resourceId=test,
        httpMethod="ANY",
        authorizationType="NONE",
        requestModels={"application/json": "Error"},
    )
    aws.refused(
        "ConflictException",
        "Cannot delete model 'Error', is referenced in method request: /test/ANY",
        "delete_model",
        restApiId=api,
        modelName="Error",
    )
    aws.refused(
        "NotFoundException",
        "Invalid model name specified: MySchema",
        "delete_model",
        restApiId=api,
        modelName="MySchema",
    )


def validator(aws, **members):
    api, _root = aws.api()
    answer = aws.create_request_validator(restApiId=api, name="v", **members)
    return {"restApiId": api, "requestValidatorId": answer["id"]}, answer


@case("CreateRequestValidator", "answers the validator; what is not given is off")
def _(aws):
    _named, answer = validator(aws, validateRequestBody=True)
    same(answer, {"id": ID6, "name": "v", "validateRequestBody": True, "validateRequestParameters": False})


@case("CreateRequestValidator", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()
    aws.refused(
        "BadRequestException",
        "Request Validator name cannot be blank",
        "create_request_validator",
        restApiId=api,
        name="",
    )
    aws.refused(
        "BadRequestException",
        "Invalid REST API identifier specified",
        "create_request_validator",
        restApiId="nothinghere",
        name="v",
    )


@case("GetRequestValidator", "answers the validator, and refuses an unknown one")
def _(aws):
    named, created = validator(aws)
    same(aws.get_request_validator(**named), created)
    aws.refused(
        "NotFoundException",
        NO_VALIDATOR,
        "get_request_validator",
        **{**named, "requestValidatorId": "nothin"},
    )
    aws.refused(
        "NotFoundException", NO_VALIDATOR, "get_request_validator", **{**named, "restApiId": "nothinghere"}
    )


@case("GetRequestValidators", "answers all, and refuses an unknown API")
def _(aws):
    named, created = validator(aws)
    same(aws.get_request_validators(restApiId=named["restApiId"]), {"items": [created]})
    aws.refused(
        "NotFoundException", invalid_api("nothinghere"), "get_request_validators", restApiId="nothinghere"
    )


@case("UpdateRequestValidator", "changes every member; no value means false")
def _(aws):
    named, _created = validator(aws, validateRequestBody=True)
    operations = [
        patch("replace", "/name", "w"),
        patch("replace", "/validateRequestParameters", "true"),
        patch("replace", "/validateRequestBody"),
    ]
    has(
        aws.update_request_validator(**named, patchOperations=operations),
        {"name": "w", "validateRequestParameters": True, "validateRequestBody": False},
    )


@case("UpdateRequestValidator", "refuses what the service refuses")
def _(aws):
    named, _created = validator(aws)
    aws.refused(
        "BadRequestException",
        "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/name, /validateRequestParameters, /validateRequestBody]",
        "update_request_validator",
        **named,
        patchOperations=replace("/id", "x"),
    )
    unknown = {**named, "requestValidatorId": "nothin"}
    aws.refused(
        "NotFoundException",
        NO_VALIDATOR,
        "update_request_validator",
        **unknown,
        patchOperations=replace("/name", "x"),
    )


@case("DeleteRequestValidator", "removes the validator, and refuses an unknown one")
def _(aws):
    named, _created = validator(aws)
    aws.delete_request_validator(**named)
    aws.refused("NotFoundException", NO_VALIDATOR, "delete_request_validator", **named)


TEMPLATES = {"application/json": '{"message":$context.error.messageString}'}


@case("PutGatewayResponse", "fills what is not given with the default of the type")
def _(aws):
    api, _root = aws.api()
    answer = aws.put_gateway_response(
        restApiId=api, responseType="MISSING_AUTHENTICATION_TOKEN", statusCode="404"
    )
    same(
        answer,
        {
            "responseType": "MISSING_AUTHENTICATION_TOKEN",
            "statusCode": "404",
            "responseParameters": {},
            "responseTemplates": TEMPLATES,
            "defaultResponse": False,
        },
    )


@case("PutGatewayResponse", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()
    aws.refused(
        "NotFoundException", None, "put_gateway_response", restApiId="nothinghere", responseType="DEFAULT_4XX"
    )
    aws.refused("ValidationException", None, "put_gateway_response", restApiId=api, responseType="WRONG")
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value 'x' at 'putGatewayResponseInput.statusCode' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [1-5]\\d\\d",
        "put_gateway_response",
        restApiId=api,
        responseType="DEFAULT_4XX",
        statusCode="x",
    )


@case("GetGatewayResponse", "answers the default of the type")
def _(aws):
    api, _root = aws.api()
    same(
        aws.get_gateway_response(restApiId=api, responseType="THROTTLED"),
        {
            "responseType": "THROTTLED",
            "statusCode": "429",
            "responseParameters": {},
            "responseTemplates": TEMPLATES,
            "defaultResponse": True,
        },
    )
    lacks(aws.get_gateway_response(restApiId=api, responseType="DEFAULT_5XX"), "statusCode")


@case("GetGatewayResponse", "shows what is set for all 5xx through the types that are not set")
def _(aws):
    api, _root = aws.api()
    aws.put_gateway_response(
        restApiId=api, responseType="DEFAULT_5XX", statusCode="599", responseTemplates={"a/b": "x"}
    )
    has(
        aws.get_gateway_response(restApiId=api, responseType="INTEGRATION_TIMEOUT"),
        {"statusCode": "599", "responseTemplates": {"a/b": "x"}, "defaultResponse": True},
    )
    has(aws.get_gateway_response(restApiId=api, responseType="THROTTLED"), {"statusCode": "429"})


@case("GetGatewayResponse", "refuses an unknown API or type")
def _(aws):
    aws.refused(
        "NotFoundException", None, "get_gateway_response", restApiId="nothinghere", responseType="THROTTLED"
    )
    aws.refused(
        "ValidationException", None, "get_gateway_response", restApiId="nothinghere", responseType="WRONG"
    )


@case("GetGatewayResponses", "answers all 21 types, and refuses an unknown API")
def _(aws):
    api, _root = aws.api()
    same(len(aws.get_gateway_responses(restApiId=api)["items"]), 21)
    aws.refused("NotFoundException", None, "get_gateway_responses", restApiId="nothinghere")


@case("UpdateGatewayResponse", "makes the default its own and changes it")
def _(aws):
    api, _root = aws.api()
    named = {"restApiId": api, "responseType": "THROTTLED"}

    def updated(*operations):
        return aws.update_gateway_response(**named, patchOperations=list(operations))

    header = "gatewayresponse.header.x"
    has(
        updated(patch("replace", "/statusCode", "430")),
        {"statusCode": "430", "defaultResponse": False, "responseTemplates": TEMPLATES},
    )
    has(
        updated(patch("add", f"/responseParameters/{header}", "'y'")), {"responseParameters": {header: "'y'"}}
    )
    has(
        updated(patch("add", "/responseTemplates/a~1b", "t")),
        {"responseTemplates": {**TEMPLATES, "a/b": "t"}},
    )
    has(updated(patch("remove", f"/responseParameters/{header}")), {"responseParameters": {}})


@case("UpdateGatewayResponse", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()

    def refused(code, message, *operations):
        aws.refused(
            code,
            message,
            "update_gateway_response",
            restApiId=api,
            responseType="THROTTLED",
            patchOperations=list(operations),
        )

    bad = "BadRequestException"
    refused(bad, "Invalid patch path /statusCode", patch("add", "/statusCode", "430"))
    refused(bad, "Invalid patch path /statusCode", patch("remove", "/statusCode"))
    refused(bad, "Invalid patch path null", {"op": "replace", "value": "x"})
    refused(
        "NotFoundException",
        "Invalid parameter name specified",
        patch("replace", "/responseParameters/gatewayresponse.header.x", "'y'"),
    )
    refused(
        bad,
        "Invalid null or empty value in responseTemplates",
        patch("replace", "/responseTemplates/application~1json"),
    )
    aws.update_gateway_response(
        restApiId=api,
        responseType="THROTTLED",
        patchOperations=[patch("add", "/responseParameters/gatewayresponse.header.x", "'y'")],
    )
    refused(
        bad,
        "Invalid null or empty value in responseParameters",
        patch("replace", "/responseParameters/gatewayresponse.header.x"),
    )


@case("DeleteGatewayResponse", "brings the default back, and refuses a type that was never set")
def _(aws):
    api, _root = aws.api()
    named = {"restApiId": api, "responseType": "THROTTLED"}
    aws.refused(
        "NotFoundException", "Gateway response type not defined on api", "delete_gateway_response", **named
    )
    aws.put_gateway_response(**named, statusCode="430")
    aws.delete_gateway_response(**named)
    has(aws.get_gateway_response(**named), {"statusCode": "429", "defaultResponse": True})
