"""apigatewayv2: Apis, models, authorizers, tags, and what WebSocket APIs have none of."""

import json

from harness import ID6, ID10, REGION, TIME, has, invalid_api, lacks, same
from v2_harness import FUNCTION, NOTHING, case, foreign, not_found, quota

WS = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
SCHEMA = json.dumps({"type": "object", "properties": {"action": {"type": "string"}}})


@case("CreateApi", "answers a WebSocket API with the service's defaults")
def _(aws):
    answer = aws.create_api(Name="chat", **WS)
    same(
        answer,
        {
            "ApiId": ID10,
            "ApiEndpoint": f"wss://{answer['ApiId']}.execute-api.{REGION}.amazonaws.com",
            "ApiKeySelectionExpression": "$request.header.x-api-key",
            "CreatedDate": TIME,
            "DisableExecuteApiEndpoint": False,
            "IpAddressType": "ipv4",
            "Name": "chat",
            "Tags": {},
            **WS,
        },
    )
    same(aws.get_api(ApiId=answer["ApiId"]), answer)


@case("CreateApi", "keeps what it is given")
def _(aws):
    given = {
        "Name": "all",
        "Description": "d",
        "Version": "v1",
        "ApiKeySelectionExpression": "$context.authorizer.usageIdentifierKey",
        "DisableSchemaValidation": True,
        "DisableExecuteApiEndpoint": True,
        "Tags": {"a": "b", "sluice:idle-seconds": "60"},
        **WS,
    }
    has(aws.create_api(**given), given)


@case("CreateApi", "takes a fixed id from a tag, once, from REST APIs too")
def _(aws):
    tags = {"_custom_id_": "chat-1"}
    same(aws.create_api(Name="x", Tags=tags, **WS)["ApiId"], "chat-1")
    aws.refused("ConflictException", None, "create_api", Name="x", Tags=tags, **WS)


@case("CreateApi", "refuses what the service refuses")
def _(aws):
    def refused(message, **members):
        aws.refused("BadRequestException", message, "create_api", **{"Name": "x", **WS, **members})

    refused("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]", ProtocolType="TCP")
    refused(None, ProtocolType="HTTP")
    refused(None, RouteSelectionExpression="$context.routeKey")
    refused(None, ApiKeySelectionExpression="$request.header.other")
    refused(foreign("CorsConfiguration"), CorsConfiguration={"AllowOrigins": ["*"]})
    refused(foreign("Target"), Target="https://example.com")
    refused(
        "Invalid value for tag sluice:binary: expected one of close, allow", Tags={"sluice:binary": "maybe"}
    )
    refused(None, Tags={"sluice:unknown": "1"})
    refused(
        "1 validation error detected: Value 'ipv9' at 'ipAddressType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ipv4, dualstack]",
        IpAddressType="ipv9",
    )
    aws.refused(
        "BadRequestException",
        "RouteSelectionExpression is required for WEBSOCKET protocol Apis.",
        "create_api",
        Name="x",
        ProtocolType="WEBSOCKET",
    )
    aws.refused(
        "SerializationException",
        "class java.lang.Boolean can not be converted to an String",
        "create_api",
        Name=True,
        ProtocolType="WEBSOCKET",
    )


@case("GetApi", "refuses an unknown id")
def _(aws):
    aws.refused("NotFoundException", invalid_api(NOTHING), "get_api", ApiId=NOTHING)


@case("GetApis", "answers in pages that together hold every API once")
def _(aws):
    made = {aws.websocket() for _ in range(5)}
    found = [item["ApiId"] for item in aws.all_of("get_apis")]
    same(len(found), len(set(found)))
    assert made <= set(found)


@case("GetApis", "refuses a token that it did not give, and a number that is none")
def _(aws):
    aws.refused("BadRequestException", None, "get_apis", NextToken="bm8")
    aws.refused("BadRequestException", None, "get_apis", MaxResults="many")


@case("UpdateApi", "changes what is given, and takes away what is given empty")
def _(aws):
    api = aws.websocket(Description="d", Version="1")
    has(
        aws.update_api(ApiId=api, Name="new", Description="", DisableExecuteApiEndpoint=True),
        {"Name": "new", "Version": "1", "DisableExecuteApiEndpoint": True},
    )
    lacks(aws.get_api(ApiId=api), "Description")
    has(
        aws.update_api(ApiId=api, RouteSelectionExpression="${request.body.a}-${request.body.b}"),
        {"RouteSelectionExpression": "${request.body.a}-${request.body.b}"},
    )


@case("UpdateApi", "refuses an unknown API, and what WebSocket APIs have not")
def _(aws):
    aws.refused("NotFoundException", invalid_api(NOTHING), "update_api", ApiId=NOTHING, Name="x")
    api = aws.websocket()
    aws.refused("BadRequestException", foreign("RouteKey"), "update_api", ApiId=api, RouteKey="GET /")
    aws.refused("BadRequestException", None, "update_api", ApiId=api, RouteSelectionExpression="")


@case("DeleteApi", "removes the API with its parts, and refuses one that is mapped or unknown")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    domain = aws.domain()
    mapping = aws.create_api_mapping(DomainName=domain, ApiId=api, Stage="prod")["ApiMappingId"]
    aws.refused(
        "BadRequestException",
        f"Deleting API {api} failed. Please remove all API mappings for the API from your custom domain names.",
        "delete_api",
        ApiId=api,
    )
    aws.delete_api_mapping(DomainName=domain, ApiMappingId=mapping)
    aws.delete_api(ApiId=api)
    aws.refused("NotFoundException", invalid_api(api), "get_stages", ApiId=api)
    aws.refused("NotFoundException", invalid_api(api), "delete_api", ApiId=api)


@case("DeleteCorsConfiguration", "is refused for a WebSocket API")
def _(aws):
    aws.refused(
        "BadRequestException", foreign("CorsConfiguration"), "delete_cors_configuration", ApiId=aws.websocket()
    )


@case("ExportApi", "is refused for a WebSocket API")
def _(aws):
    aws.refused(
        "BadRequestException",
        "Exporting is not supported for WEBSOCKET protocol Apis.",
        "export_api",
        ApiId=aws.websocket(),
        Specification="OAS30",
        OutputType="JSON",
    )


@case("ImportApi", "is refused until there are HTTP APIs")
def _(aws):
    aws.refused("BadRequestException", None, "import_api", Body="{}")


@case("ReimportApi", "is refused for a WebSocket API")
def _(aws):
    aws.refused(
        "BadRequestException",
        "Importing is not supported for WEBSOCKET protocol Apis.",
        "reimport_api",
        ApiId=aws.websocket(),
        Body="{}",
    )


@case("CreateModel", "answers the model")
def _(aws):
    api = aws.websocket()
    given = {"Name": "Message", "ContentType": "application/json", "Description": "d", "Schema": SCHEMA}
    answer = aws.create_model(ApiId=api, **given)
    same(answer, {"ModelId": ID6, **given})
    same(aws.get_model(ApiId=api, ModelId=answer["ModelId"]), answer)


@case("CreateModel", "refuses a name that is taken or no name, and a schema that is none")
def _(aws):
    api = aws.websocket()
    aws.create_model(ApiId=api, Name="M", Schema=SCHEMA)
    aws.refused("ConflictException", None, "create_model", ApiId=api, Name="M", Schema=SCHEMA)
    aws.refused(
        "BadRequestException",
        "Model name must be alphanumeric: a b",
        "create_model",
        ApiId=api,
        Name="a b",
        Schema=SCHEMA,
    )
    aws.refused("BadRequestException", None, "create_model", ApiId=api, Name="N", Schema="{}")
    aws.refused("NotFoundException", invalid_api(NOTHING), "create_model", ApiId=NOTHING, Name="N", Schema=SCHEMA)


@case("GetModel", "refuses an unknown id")
def _(aws):
    aws.refused("NotFoundException", not_found("Model"), "get_model", ApiId=aws.websocket(), ModelId=NOTHING)


@case("GetModels", "answers every model, and refuses an unknown API")
def _(aws):
    api = aws.websocket()
    ids = [aws.create_model(ApiId=api, Name=f"M{i}", Schema=SCHEMA)["ModelId"] for i in range(3)]
    same([item["ModelId"] for item in aws.all_of("get_models", ApiId=api)], ids)
    aws.refused("NotFoundException", invalid_api(NOTHING), "get_models", ApiId=NOTHING)


@case("GetModelTemplate", "answers a template, and refuses an unknown id")
def _(aws):
    api = aws.websocket()
    model = aws.create_model(ApiId=api, Name="M", Schema=SCHEMA)["ModelId"]
    assert '"action"' in aws.get_model_template(ApiId=api, ModelId=model)["Value"]
    aws.refused("NotFoundException", not_found("Model"), "get_model_template", ApiId=api, ModelId=NOTHING)


@case("UpdateModel", "changes what is given, and refuses to rename what is used")
def _(aws):
    api = aws.websocket()
    model = aws.create_model(ApiId=api, Name="M", Schema=SCHEMA)["ModelId"]
    has(aws.update_model(ApiId=api, ModelId=model, Name="N", Description="d"), {"Name": "N", "Schema": SCHEMA})
    aws.route(api, RequestModels={"$default": "N"}, ModelSelectionExpression="$default")
    aws.refused(
        "ConflictException",
        "Cannot rename model 'N', is referenced in route: $default",
        "update_model",
        ApiId=api,
        ModelId=model,
        Name="O",
    )


@case("DeleteModel", "removes the model, and refuses while a route names it")
def _(aws):
    api = aws.websocket()
    model = aws.create_model(ApiId=api, Name="M", Schema=SCHEMA)["ModelId"]
    route = aws.route(api, RequestModels={"$default": "M"})
    aws.refused(
        "ConflictException",
        "Cannot delete model 'M', is referenced in route: $default",
        "delete_model",
        ApiId=api,
        ModelId=model,
    )
    aws.delete_route(ApiId=api, RouteId=route)
    aws.delete_model(ApiId=api, ModelId=model)
    aws.refused("NotFoundException", not_found("Model"), "delete_model", ApiId=api, ModelId=model)


AUTHORIZER = {
    "AuthorizerType": "REQUEST",
    "AuthorizerUri": FUNCTION,
    "IdentitySource": ["route.request.querystring.token", "route.request.header.Auth"],
}


@case("CreateAuthorizer", "answers the authorizer")
def _(aws):
    api = aws.websocket()
    answer = aws.create_authorizer(ApiId=api, Name="a", **AUTHORIZER)
    same(answer, {"AuthorizerId": ID6, "Name": "a", **AUTHORIZER})
    same(aws.get_authorizer(ApiId=api, AuthorizerId=answer["AuthorizerId"]), answer)


@case("CreateAuthorizer", "refuses what the service refuses")
def _(aws):
    api = aws.websocket()

    def refused(message, **members):
        aws.refused(
            "BadRequestException",
            message,
            "create_authorizer",
            **{"ApiId": api, "Name": "x", **AUTHORIZER, **members},
        )

    refused(foreign("AuthorizerResultTtlInSeconds"), AuthorizerResultTtlInSeconds=0)
    refused(foreign("AuthorizerPayloadFormatVersion"), AuthorizerPayloadFormatVersion="2.0")
    refused(None, AuthorizerType="JWT")
    refused(None, AuthorizerUri="https://example.com")
    refused(
        "Invalid request identity source expression: $request.header.Authorization. The sources must be separated "
        "by comma, and each source must be either a request parameter, matching "
        "'route.request.querystring|header.[a-zA-Z0-9.\\_-]+', or a stage variable, matching "
        "'stageVariables.[a-zA-Z0-9.\\_-]+', or a context parameter, matching 'context.[a-zA-Z0-9.\\_-]+'",
        IdentitySource=["$request.header.Authorization"],
    )
    for i in range(10):
        aws.create_authorizer(ApiId=api, Name=f"a{i}", **AUTHORIZER)
    aws.statuses = {**aws.statuses, "ConflictException": 429}
    try:
        aws.refused(
            "ConflictException", quota("Authorizers"), "create_authorizer", ApiId=api, Name="x", **AUTHORIZER
        )
    finally:
        del aws.statuses


@case("GetAuthorizer", "refuses an unknown id")
def _(aws):
    aws.refused(
        "NotFoundException",
        not_found("Authorizer"),
        "get_authorizer",
        ApiId=aws.websocket(),
        AuthorizerId=NOTHING,
    )


@case("GetAuthorizers", "answers every authorizer, and refuses an unknown API")
def _(aws):
    api = aws.websocket()
    made = [aws.create_authorizer(ApiId=api, Name=f"a{i}", **AUTHORIZER) for i in range(3)]
    same(aws.all_of("get_authorizers", ApiId=api), [lean(one) for one in made])
    aws.refused("NotFoundException", invalid_api(NOTHING), "get_authorizers", ApiId=NOTHING)


def lean(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@case("UpdateAuthorizer", "changes what is given, and refuses a name that is taken")
def _(aws):
    api = aws.websocket()
    aws.create_authorizer(ApiId=api, Name="taken", **AUTHORIZER)
    made = aws.create_authorizer(ApiId=api, Name="a", **AUTHORIZER)["AuthorizerId"]
    has(
        aws.update_authorizer(ApiId=api, AuthorizerId=made, IdentitySource=["context.stage"]),
        {"Name": "a", "IdentitySource": ["context.stage"]},
    )
    aws.refused("BadRequestException", None, "update_authorizer", ApiId=api, AuthorizerId=made, Name="taken")


@case("DeleteAuthorizer", "removes the authorizer, and refuses while a route names it")
def _(aws):
    api = aws.websocket()
    made = aws.create_authorizer(ApiId=api, Name="a", **AUTHORIZER)["AuthorizerId"]
    route = aws.route(api, "$connect", AuthorizationType="CUSTOM", AuthorizerId=made)
    aws.refused(
        "ConflictException",
        "Cannot delete authorizer 'a', is referenced in route: $connect",
        "delete_authorizer",
        ApiId=api,
        AuthorizerId=made,
    )
    aws.delete_route(ApiId=api, RouteId=route)
    aws.delete_authorizer(ApiId=api, AuthorizerId=made)
    aws.refused("NotFoundException", not_found("Authorizer"), "delete_authorizer", ApiId=api, AuthorizerId=made)


def arn(path):
    return f"arn:aws:apigateway:{REGION}::{path}"


@case("TagResource", "adds tags to APIs, stages, domain names and VPC links")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    link = aws.create_vpc_link(Name="l", SubnetIds=["subnet-1"])["VpcLinkId"]
    for path in (f"/apis/{api}", f"/apis/{api}/stages/prod", f"/domainnames/{aws.domain()}", f"/vpclinks/{link}"):
        aws.tag_resource(ResourceArn=arn(path), Tags={"a": "1", "b": "2"})
        aws.untag_resource(ResourceArn=arn(path), TagKeys=["a"])
        same(aws.get_tags(ResourceArn=arn(path)), {"Tags": {"b": "2"}})
    same(aws.get_stage(ApiId=api, StageName="prod")["Tags"], {"b": "2"})


@case("TagResource", "refuses tags of ours that cannot be read")
def _(aws):
    api = aws.websocket()
    aws.refused(
        "BadRequestException",
        "Invalid value for tag sluice:idle-seconds: expected a whole number from 1 to 31536000",
        "tag_resource",
        ResourceArn=arn(f"/apis/{api}"),
        Tags={"sluice:idle-seconds": "soon"},
    )


@case("GetTags", "refuses what is no ARN of something that is there")
def _(aws):
    aws.refused("BadRequestException", None, "get_tags", ResourceArn="arn:aws:s3:::bucket")
    aws.refused("NotFoundException", invalid_api(NOTHING), "get_tags", ResourceArn=arn(f"/apis/{NOTHING}"))


@case("GetTags", "answers no tags of what has none")
def _(aws):
    same(aws.get_tags(ResourceArn=arn(f"/apis/{aws.websocket()}")), {"Tags": {}})


@case("UntagResource", "refuses an unknown API")
def _(aws):
    aws.refused(
        "NotFoundException",
        invalid_api(NOTHING),
        "untag_resource",
        ResourceArn=arn(f"/apis/{NOTHING}"),
        TagKeys=["a"],
    )


