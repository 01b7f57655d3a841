"""apigatewayv2: routes, route responses, integrations, integration responses."""

import re

from harness import ID6, has, invalid_api, lacks, same
from v2_harness import FUNCTION, ID7, NOTHING, case, foreign, not_found

MOCK = {
    "ConnectionType": "INTERNET",
    "IntegrationResponseSelectionExpression": "${integration.response.statuscode}",
    "IntegrationType": "MOCK",
    "PassthroughBehavior": "WHEN_NO_MATCH",
    "PayloadFormatVersion": "1.0",
    "TimeoutInMillis": 29000,
}


@case("CreateIntegration", "answers each type with the service's defaults")
def _(aws):
    api = aws.websocket()
    answer = aws.create_integration(ApiId=api, IntegrationType="MOCK")
    same(answer, {"IntegrationId": ID7, **MOCK})
    same(aws.get_integration(ApiId=api, IntegrationId=answer["IntegrationId"]), answer)
    proxy = aws.create_integration(ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION)
    has(proxy, {"IntegrationMethod": "POST", "IntegrationUri": FUNCTION, "TimeoutInMillis": 29000})
    lacks(proxy, "IntegrationResponseSelectionExpression")
    has(
        aws.create_integration(ApiId=api, IntegrationType="AWS", IntegrationUri=FUNCTION),
        {"IntegrationResponseSelectionExpression": "${integration.response.body.errorMessage}"},
    )


@case("CreateIntegration", "keeps what it is given")
def _(aws):
    given = {
        "IntegrationType": "HTTP",
        "IntegrationMethod": "PUT",
        "IntegrationUri": "https://example.com/{id}",
        "Description": "d",
        "ContentHandlingStrategy": "CONVERT_TO_TEXT",
        "PassthroughBehavior": "NEVER",
        "RequestParameters": {
            "integration.request.path.id": "route.request.body.id",
            "integration.request.header.x": "'static'",
        },
        "RequestTemplates": {"$default": "{}"},
        "TemplateSelectionExpression": "$request.body.type",
        "TimeoutInMillis": 50,
    }
    has(aws.create_integration(ApiId=aws.websocket(), **given), given)


@case("CreateIntegration", "refuses what the service refuses")
def _(aws):
    api = aws.websocket()

    def refused(message, type="BadRequestException", **members):
        aws.refused(
            type,
            message,
            "create_integration",
            **{
                "ApiId": api,
                "IntegrationType": "HTTP",
                "IntegrationMethod": "GET",
                "IntegrationUri": "http://example.com",
                **members,
            },
        )

    refused("Invalid HTTP endpoint specified for URI", IntegrationUri="example")
    refused("Enumeration value for HttpMethod must be non-empty", IntegrationMethod="")
    refused("Timeout should be between 50 ms and 29000 ms", TimeoutInMillis=29500)
    refused(re.compile("^1 validation error detected: Value '49' at 'timeoutInMillis'"), TimeoutInMillis=49)
    refused(foreign("TlsConfig"), TlsConfig={"ServerNameToVerify": "a"})
    refused(foreign("IntegrationSubtype"), IntegrationSubtype="SQS-SendMessage")
    refused(None, PayloadFormatVersion="2.0")
    refused(None, RequestParameters={"integration.request.body.x": "'a'"})
    refused(None, RequestParameters={"integration.request.header.x": "method.request.header.x"})
    refused(None, ConnectionId="x")
    refused(
        "Invalid Vpc Link identifier specified",
        type="NotFoundException",
        ConnectionType="VPC_LINK",
        ConnectionId=NOTHING,
    )
    refused(
        "1 validation error detected: Value 'FTP' at 'integrationType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [AWS, HTTP, MOCK, HTTP_PROXY, AWS_PROXY]",
        IntegrationType="FTP",
    )
    refused(invalid_api(NOTHING), type="NotFoundException", ApiId=NOTHING)


@case("GetIntegration", "refuses an unknown id")
def _(aws):
    aws.refused(
        "NotFoundException",
        not_found("Integration"),
        "get_integration",
        ApiId=aws.websocket(),
        IntegrationId=NOTHING,
    )


@case("GetIntegrations", "answers every integration, and refuses an unknown API")
def _(aws):
    api = aws.websocket()
    ids = [aws.mock(api) for _ in range(5)]
    same([item["IntegrationId"] for item in aws.all_of("get_integrations", ApiId=api)], ids)
    aws.refused("NotFoundException", invalid_api(NOTHING), "get_integrations", ApiId=NOTHING)


@case("UpdateIntegration", "lays mappings over those that are there, and replaces the rest")
def _(aws):
    api = aws.websocket()
    first, second = "integration.request.header.a", "integration.request.header.b"
    made = aws.create_integration(
        ApiId=api,
        IntegrationType="HTTP",
        IntegrationMethod="GET",
        IntegrationUri="http://example.com",
        RequestParameters={first: "'1'"},
        RequestTemplates={"x": "1"},
        Description="d",
    )["IntegrationId"]
    has(
        aws.update_integration(
            ApiId=api,
            IntegrationId=made,
            RequestParameters={second: "'2'"},
            RequestTemplates={"y": "2"},
            Description="",
        ),
        {"RequestParameters": {first: "'1'", second: "'2'"}, "RequestTemplates": {"y": "2"}},
    )
    answer = aws.update_integration(ApiId=api, IntegrationId=made, RequestParameters={first: ""})
    has(answer, {"RequestParameters": {second: "'2'"}})
    lacks(answer, "Description")
    # What follows from the type follows it.
    changed = aws.update_integration(
        ApiId=api, IntegrationId=made, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION
    )
    lacks(changed, "IntegrationResponseSelectionExpression")


@case("UpdateIntegration", "refuses an unknown id and a wrong address")
def _(aws):
    api = aws.websocket()
    aws.refused(
        "NotFoundException", not_found("Integration"), "update_integration", ApiId=api, IntegrationId=NOTHING
    )
    aws.refused(
        "BadRequestException",
        None,
        "update_integration",
        ApiId=api,
        IntegrationId=aws.mock(api),
        IntegrationType="HTTP",
        IntegrationUri="nowhere",
    )


@case("DeleteIntegration", "removes the integration, and refuses while a route leads to it")
def _(aws):
    api = aws.websocket()
    made = aws.mock(api)
    route = aws.route(api, Target=f"integrations/{made}")
    aws.refused(
        "ConflictException",
        f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{route}]",
        "delete_integration",
        ApiId=api,
        IntegrationId=made,
    )
    aws.update_route(ApiId=api, RouteId=route, Target="")
    aws.delete_integration(ApiId=api, IntegrationId=made)
    aws.refused(
        "NotFoundException", not_found("Integration"), "delete_integration", ApiId=api, IntegrationId=made
    )


@case("CreateRoute", "answers the route")
def _(aws):
    api = aws.websocket()
    answer = aws.create_route(ApiId=api, RouteKey="$connect")
    same(
        answer,
        {"ApiKeyRequired": False, "AuthorizationType": "NONE", "RouteId": ID7, "RouteKey": "$connect"},
    )
    same(aws.get_route(ApiId=api, RouteId=answer["RouteId"]), answer)
    given = {
        "RouteKey": "join/room",
        "Target": f"integrations/{aws.mock(api)}",
        "OperationName": "Join",
        "ApiKeyRequired": True,
        "RouteResponseSelectionExpression": "$default",
        "RequestParameters": {"route.request.querystring.x": {"Required": True}},
    }
    has(aws.create_route(ApiId=api, **given), given)


@case("CreateRoute", "takes a topic in place of an integration")
def _(aws):
    has(
        aws.create_route(ApiId=aws.websocket(), RouteKey="say", Target="topics/room"),
        {"Target": "topics/room"},
    )


@case("CreateRoute", "refuses what the service refuses")
def _(aws):
    api = aws.websocket()
    aws.route(api, "$connect")

    def refused(type, message, **members):
        aws.refused(type, message, "create_route", **{"ApiId": api, "RouteKey": "k", **members})

    refused("ConflictException", "Route with key $connect already exists for this API", RouteKey="$connect")
    refused("BadRequestException", "The provided route key is not formatted properly", RouteKey="$other")
    refused("BadRequestException", None, RouteKey="k" * 129)
    refused("NotFoundException", not_found("Integration"), Target=f"integrations/{NOTHING}")
    refused("BadRequestException", None, Target="elsewhere/x")
    refused("BadRequestException", None, AuthorizationType="CUSTOM")
    refused("BadRequestException", None, AuthorizationType="CUSTOM", AuthorizerId=NOTHING)
    refused("BadRequestException", foreign("AuthorizationType JWT"), AuthorizationType="JWT")
    refused("BadRequestException", foreign("AuthorizationScopes"), AuthorizationScopes=["a"])
    refused(
        "BadRequestException", "Invalid model identifier specified: M", RequestModels={"$default": "M"}
    )
    refused("BadRequestException", None, RequestParameters={"method.request.header.x": {"Required": True}})
    refused("BadRequestException", None, RouteResponseSelectionExpression="x")
    refused("NotFoundException", invalid_api(NOTHING), ApiId=NOTHING)


@case("GetRoute", "refuses an unknown id")
def _(aws):
    aws.refused("NotFoundException", not_found("Route"), "get_route", ApiId=aws.websocket(), RouteId=NOTHING)


@case("GetRoutes", "answers every route, and refuses an unknown API")
def _(aws):
    api = aws.websocket()
    ids = [aws.route(api, key) for key in ("$connect", "$disconnect", "$default", "a", "b")]
    same([item["RouteId"] for item in aws.all_of("get_routes", ApiId=api)], ids)
    aws.refused("NotFoundException", invalid_api(NOTHING), "get_routes", ApiId=NOTHING)


@case("UpdateRoute", "changes what is given")
def _(aws):
    api = aws.websocket()
    route = aws.route(api, "a", OperationName="A", RequestParameters={"route.request.header.x": {"Required": True}})
    has(
        aws.update_route(
            ApiId=api,
            RouteId=route,
            RouteKey="b",
            OperationName="",
            RequestParameters={"route.request.header.y": {"Required": False}},
        ),
        {
            "RouteKey": "b",
            "RequestParameters": {
                "route.request.header.x": {"Required": True},
                "route.request.header.y": {"Required": False},
            },
        },
    )
    lacks(aws.get_route(ApiId=api, RouteId=route), "OperationName")


@case("UpdateRoute", "refuses a key that is taken, and what is not there")
def _(aws):
    api = aws.websocket()
    route = aws.route(api, "a")
    aws.route(api, "b")
    aws.refused("ConflictException", None, "update_route", ApiId=api, RouteId=route, RouteKey="b")
    aws.refused("NotFoundException", None, "update_route", ApiId=api, RouteId=route, Target="integrations/x")
    aws.refused("NotFoundException", not_found("Route"), "update_route", ApiId=api, RouteId=NOTHING)


@case("DeleteRoute", "removes the route with its responses, and refuses an unknown id")
def _(aws):
    api = aws.websocket()
    route = aws.route(api)
    aws.create_route_response(ApiId=api, RouteId=route, RouteResponseKey="$default")
    aws.delete_route(ApiId=api, RouteId=route)
    aws.refused("NotFoundException", not_found("Route"), "get_route_responses", ApiId=api, RouteId=route)
    aws.refused("NotFoundException", not_found("Route"), "delete_route", ApiId=api, RouteId=route)


@case("DeleteRouteRequestParameter", "removes one parameter, and refuses one that is not there")
def _(aws):
    api = aws.websocket()
    name = "route.request.querystring.a"
    route = aws.route(api, RequestParameters={name: {"Required": True}})
    aws.delete_route_request_parameter(ApiId=api, RouteId=route, RequestParameterKey=name)
    lacks(aws.get_route(ApiId=api, RouteId=route), "RequestParameters")
    aws.refused(
        "NotFoundException",
        None,
        "delete_route_request_parameter",
        ApiId=api,
        RouteId=route,
        RequestParameterKey=name,
    )


@case("CreateRouteResponse", "answers the response, and refuses other keys and a second one")
def _(aws):
    api = aws.websocket()
    route = aws.route(api)
    named = {"ApiId": api, "RouteId": route}
    answer = aws.create_route_response(**named, RouteResponseKey="$default")
    same(answer, {"RouteResponseId": ID6, "RouteResponseKey": "$default"})
    same(aws.get_route_response(**named, RouteResponseId=answer["RouteResponseId"]), answer)
    aws.refused("ConflictException", None, "create_route_response", **named, RouteResponseKey="$default")
    aws.refused("BadRequestException", None, "create_route_response", **named, RouteResponseKey="other")


@case("GetRouteResponse", "refuses an unknown id")
def _(aws):
    api = aws.websocket()
    aws.refused(
        "NotFoundException",
        not_found("RouteResponse"),
        "get_route_response",
        ApiId=api,
        RouteId=aws.route(api),
        RouteResponseId=NOTHING,
    )


@case("GetRouteResponses", "answers those of the route, and refuses an unknown route")
def _(aws):
    api = aws.websocket()
    first, second = aws.route(api, "a"), aws.route(api, "b")
    made = aws.create_route_response(ApiId=api, RouteId=first, RouteResponseKey="$default")
    aws.create_route_response(ApiId=api, RouteId=second, RouteResponseKey="$default")
    same([one["RouteResponseId"] for one in aws.all_of("get_route_responses", ApiId=api, RouteId=first)], [made["RouteResponseId"]])
    aws.refused("NotFoundException", not_found("Route"), "get_route_responses", ApiId=api, RouteId=NOTHING)


@case("UpdateRouteResponse", "changes what is given, and refuses an unknown id")
def _(aws):
    api = aws.websocket()
    named = {"ApiId": api, "RouteId": aws.route(api)}
    made = aws.create_route_response(**named, RouteResponseKey="$default")["RouteResponseId"]
    has(
        aws.update_route_response(**named, RouteResponseId=made, ModelSelectionExpression="$default"),
        {"ModelSelectionExpression": "$default"},
    )
    aws.refused(
        "NotFoundException", not_found("RouteResponse"), "update_route_response", **named, RouteResponseId=NOTHING
    )


@case("DeleteRouteResponse", "removes the response, and refuses an unknown id")
def _(aws):
    api = aws.websocket()
    named = {"ApiId": api, "RouteId": aws.route(api)}
    made = aws.create_route_response(**named, RouteResponseKey="$default")["RouteResponseId"]
    aws.delete_route_response(**named, RouteResponseId=made)
    aws.refused(
        "NotFoundException", not_found("RouteResponse"), "delete_route_response", **named, RouteResponseId=made
    )


@case("CreateIntegrationResponse", "answers the response")
def _(aws):
    api = aws.websocket()
    named = {"ApiId": api, "IntegrationId": aws.mock(api)}
    given = {
        "IntegrationResponseKey": "/2\\d\\d/",
        "ResponseTemplates": {"$default": "{}"},
        "TemplateSelectionExpression": "\\$default",
        "ContentHandlingStrategy": "CONVERT_TO_TEXT",
        "ResponseParameters": {"route.response.header.x": "integration.response.header.y"},
    }
    answer = aws.create_integration_response(**named, **given)
    same(answer, {"IntegrationResponseId": ID6, **given})
    same(aws.get_integration_response(**named, IntegrationResponseId=answer["IntegrationResponseId"]), answer)


@case("CreateIntegrationResponse", "refuses a key that is taken or no key")
def _(aws):
    api = aws.websocket()
    named = {"ApiId": api, "IntegrationId": aws.mock(api)}
    aws.create_integration_response(**named, IntegrationResponseKey="$default")
    aws.refused("ConflictException", None, "create_integration_response", **named, IntegrationResponseKey="$default")
    for key in ("$other", "/(/", "/", "/200"):
        aws.refused("BadRequestException", None, "create_integration_response", **named, IntegrationResponseKey=key)
    aws.refused(
        "BadRequestException",
        None,
        "create_integration_response",
        **named,
        IntegrationResponseKey="/200/",
        ResponseParameters={"x": "y"},
    )


@case("GetIntegrationResponse", "refuses an unknown id")
def _(aws):
    api = aws.websocket()
    aws.refused(
        "NotFoundException",
        not_found("IntegrationResponse"),
        "get_integration_response",
        ApiId=api,
        IntegrationId=aws.mock(api),
        IntegrationResponseId=NOTHING,
    )


@case("GetIntegrationResponses", "answers those of the integration, and refuses an unknown one")
def _(aws):
    api = aws.websocket()
    named = {"ApiId": api, "IntegrationId": aws.mock(api)}
    keys = ["$default", "/200/", "/5\\d\\d/"]
    for key in keys:
        aws.create_integration_response(**named, IntegrationResponseKey=key)
    same([one["IntegrationResponseKey"] for one in aws.all_of("get_integration_responses", **named)], keys)
    aws.refused(
        "NotFoundException", not_found("Integration"), "get_integration_responses", ApiId=api, IntegrationId=NOTHING
    )


@case("UpdateIntegrationResponse", "changes what is given, and refuses a key that is taken")
def _(aws):
    api = aws.websocket()
    named = {"ApiId": api, "IntegrationId": aws.mock(api)}
    aws.create_integration_response(**named, IntegrationResponseKey="$default")
    made = aws.create_integration_response(**named, IntegrationResponseKey="/200/")["IntegrationResponseId"]
    has(
        aws.update_integration_response(**named, IntegrationResponseId=made, ResponseTemplates={"a": "b"}),
        {"IntegrationResponseKey": "/200/", "ResponseTemplates": {"a": "b"}},
    )
    aws.refused(
        "ConflictException",
        None,
        "update_integration_response",
        **named,
        IntegrationResponseId=made,
        IntegrationResponseKey="$default",
    )


@case("DeleteIntegrationResponse", "removes the response, and refuses an unknown id")
def _(aws):
    api = aws.websocket()
    named = {"ApiId": api, "IntegrationId": aws.mock(api)}
    made = aws.create_integration_response(**named, IntegrationResponseKey="$default")["IntegrationResponseId"]
    aws.delete_integration_response(**named, IntegrationResponseId=made)
    aws.refused(
        "NotFoundException",
        not_found("IntegrationResponse"),
        "delete_integration_response",
        **named,
        IntegrationResponseId=made,
    )
