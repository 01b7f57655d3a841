"""Methods, their responses, integrations and their responses, and TestInvokeMethod."""

from harness import NUMBER, TEXT, case, has, lacks, patch, replace, same

NO_RESOURCE = "Invalid Resource identifier specified"
NO_METHOD = "Invalid Method identifier specified"
NO_INTEGRATION = "Invalid Integration identifier specified"
NO_RESPONSE = "Invalid Response status code specified"
AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid "
    "authorizer."
)
VERBS = "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"


def elsewhere(named, **others):
    return {**named, **others}


@case("PutMethod", "answers the method with its defaults, without empty maps")
def _(aws):
    api, root = aws.api()
    named = {"restApiId": api, "resourceId": root, "httpMethod": "ANY"}
    answer = aws.put_method(**named, authorizationType="none", requestModels={}, requestParameters={})
    same(answer, {"httpMethod": "ANY", "authorizationType": "none", "apiKeyRequired": False})


@case("PutMethod", "keeps what it is given")
def _(aws):
    given = {
        "apiKeyRequired": True,
        "operationName": "listPets",
        "requestParameters": {"method.request.querystring.q": True, "method.request.header.h": False},
        "requestModels": {"application/json": "Empty"},
    }
    named = aws.method(**given)
    same(aws.get_method(**named), {"httpMethod": "GET", "authorizationType": "NONE", **given})


@case("PutMethod", "refuses what the service refuses")
def _(aws):
    api, root = aws.api()

    def refused(code, message, /, **members):
        given = {"restApiId": api, "resourceId": root, "httpMethod": "GET", "authorizationType": "NONE"}
        aws.refused(code, message, "put_method", **{**given, **members})

    bad = "BadRequestException"
    refused("NotFoundException", NO_RESOURCE, resourceId="nothin")
    refused("NotFoundException", NO_RESOURCE, restApiId="nothinghere")
    refused(bad, VERBS, httpMethod="FETCH")
    refused(bad, AUTHORIZER, authorizationType="CUSTOM")
    refused(bad, AUTHORIZER, authorizationType="COGNITO_USER_POOLS", authorizerId="nothin")
    refused(bad, "Invalid Request Validator identifier specified", requestValidatorId="nothin")
    refused(
        bad, "Invalid model identifier specified: petModel", requestModels={"application/json": "petModel"}
    )
    same_name = {"method.request.querystring.q": True, "method.request.header.q": True}
    refused(
        bad, "Parameter names must be unique across querystring, header and path", requestParameters=same_name
    )
    refused(
        "ValidationException",
        "1 validation error detected: Value null at 'putMethodInput.authorizationType' failed to satisfy constraint: "
        "Member must not be null",
        authorizationType=None,
    )
    aws.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    refused("ConflictException", "Method already exists for this resource")


@case("GetMethod", "answers the method with its responses and its integration")
def _(aws):
    named = aws.mock()
    answer = aws.get_method(**named)
    has(answer, {"httpMethod": "GET", "methodResponses": {"200": {"statusCode": "200"}}})
    has(answer["methodIntegration"], {"type": "MOCK", "integrationResponses": {"200": {"statusCode": "200"}}})


@case("GetMethod", "refuses an unknown method or resource")
def _(aws):
    named = aws.method()
    aws.refused("NotFoundException", NO_METHOD, "get_method", **elsewhere(named, httpMethod="PUT"))
    aws.refused("NotFoundException", None, "get_method", **elsewhere(named, resourceId="nothin"))


@case("UpdateMethod", "changes every member that can be changed")
def _(aws):
    named = aws.method()

    def updated(*operations):
        return aws.update_method(**named, patchOperations=list(operations))

    has(updated(patch("replace", "/apiKeyRequired", "true")), {"apiKeyRequired": True})
    has(updated(patch("replace", "/apiKeyRequired", "whatever")), {"apiKeyRequired": False})
    has(updated(patch("replace", "/operationName", "o")), {"operationName": "o"})
    header = "method.request.header.h"
    has(updated(patch("add", f"/requestParameters/{header}", "true")), {"requestParameters": {header: True}})
    has(
        updated(patch("replace", f"/requestParameters/{header}", "false")),
        {"requestParameters": {header: False}},
    )
    lacks(updated(patch("remove", f"/requestParameters/{header}")), "requestParameters")
    has(
        updated(patch("add", "/requestModels/application~1json", "Empty")),
        {"requestModels": {"application/json": "Empty"}},
    )
    lacks(updated(patch("remove", "/requestModels/application~1json")), "requestModels")
    has(updated(patch("replace", "/authorizationType", "AWS_IAM")), {"authorizationType": "AWS_IAM"})
    has(updated(patch("add", "/authorizationScopes", "a/b")), {"authorizationScopes": ["a/b"]})


@case("UpdateMethod", "refuses what the service refuses")
def _(aws):
    named = aws.method()

    def refused(code, message, *operations, of=named):
        aws.refused(code, message, "update_method", **of, patchOperations=list(operations))

    refused("BadRequestException", "Invalid patch path /httpMethod", patch("replace", "/httpMethod", "PUT"))
    refused(
        "BadRequestException",
        "Invalid patch path /requestParameters",
        patch("replace", "/requestParameters", "x"),
    )
    refused("BadRequestException", AUTHORIZER, patch("replace", "/authorizationType", "CUSTOM"))
    refused(
        "NotFoundException",
        NO_METHOD,
        patch("replace", "/operationName", "x"),
        of=elsewhere(named, httpMethod="PUT"),
    )


@case("DeleteMethod", "removes the method")
def _(aws):
    named = aws.mock()
    aws.delete_method(**named)
    aws.refused("NotFoundException", NO_METHOD, "get_method", **named)
    lacks(aws.get_resource(restApiId=named["restApiId"], resourceId=named["resourceId"]), "resourceMethods")


@case("DeleteMethod", "refuses an unknown method")
def _(aws):
    aws.refused("NotFoundException", NO_METHOD, "delete_method", **elsewhere(aws.method(), httpMethod="PUT"))


@case("PutMethodResponse", "answers the response")
def _(aws):
    given = {
        "responseParameters": {"method.response.header.h": True},
        "responseModels": {"application/json": "Error"},
    }
    same(aws.put_method_response(**aws.method(), statusCode="404", **given), {"statusCode": "404", **given})


@case("PutMethodResponse", "refuses what the service refuses")
def _(aws):
    named = aws.method()
    aws.refused(
        "NotFoundException",
        NO_METHOD,
        "put_method_response",
        **elsewhere(named, httpMethod="PUT"),
        statusCode="200",
    )
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [1-5]\\d\\d",
        "put_method_response",
        **named,
        statusCode="wrong",
    )
    aws.put_method_response(**named, statusCode="200")
    aws.refused("ConflictException", None, "put_method_response", **named, statusCode="200")


@case("GetMethodResponse", "answers the response, and refuses an unknown one")
def _(aws):
    named = aws.mock()
    same(aws.get_method_response(**named, statusCode="200"), {"statusCode": "200"})
    aws.refused("NotFoundException", NO_RESPONSE, "get_method_response", **named, statusCode="201")


@case("UpdateMethodResponse", "changes parameters and models")
def _(aws):
    named = {**aws.mock(), "statusCode": "200"}

    def updated(*operations):
        return aws.update_method_response(**named, patchOperations=list(operations))

    header = "method.response.header.h"
    has(
        updated(patch("add", f"/responseParameters/{header}", "true")), {"responseParameters": {header: True}}
    )
    has(
        updated(patch("replace", f"/responseParameters/{header}", "false")),
        {"responseParameters": {header: False}},
    )
    has(
        updated(patch("add", "/responseModels/application~1json", "Empty")),
        {"responseModels": {"application/json": "Empty"}},
    )
    updated(
        patch("remove", f"/responseParameters/{header}"), patch("remove", "/responseModels/application~1json")
    )
    same(aws.get_method_response(**named)["statusCode"], "200")


@case("UpdateMethodResponse", "refuses what the service refuses")
def _(aws):
    named = {**aws.mock(), "statusCode": "200"}

    def refused(code, message, *operations, of=named):
        aws.refused(code, message, "update_method_response", **of, patchOperations=list(operations))

    refused(
        "BadRequestException",
        "Invalid patch path /wrong/method.response.header.my-header",
        patch("add", "/wrong/method.response.header.my-header", "true"),
    )
    refused(
        "NotFoundException",
        "Invalid parameter name specified",
        patch("remove", "/responseParameters/method.response.header.h"),
    )
    refused(
        "NotFoundException",
        "Content-Type specified was not found",
        patch("remove", "/responseModels/application~1json"),
    )
    refused(
        "NotFoundException",
        NO_RESPONSE,
        patch("remove", "/responseModels/a~1b"),
        of=elsewhere(named, statusCode="201"),
    )


@case("DeleteMethodResponse", "removes the response, and refuses an unknown one")
def _(aws):
    named = aws.mock()
    aws.delete_method_response(**named, statusCode="200")
    aws.refused("NotFoundException", NO_RESPONSE, "delete_method_response", **named, statusCode="200")


@case("PutIntegration", "answers the integration with its defaults")
def _(aws):
    named = aws.method()
    common = {
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": named["resourceId"],
        "cacheKeyParameters": [],
    }
    mock = aws.put_integration(**named, type="MOCK", integrationHttpMethod="POST")
    has(mock, {"type": "MOCK", **common})
    lacks(mock, "httpMethod", "integrationResponses", "requestTemplates")
    http = aws.put_integration(
        **named, type="HTTP_PROXY", integrationHttpMethod="POST", uri="http://127.0.0.1:9999/x"
    )
    has(
        http,
        {
            "type": "HTTP_PROXY",
            "httpMethod": "POST",
            "uri": "http://127.0.0.1:9999/x",
            "connectionType": "INTERNET",
            **common,
        },
    )


@case("PutIntegration", "refuses what the service refuses")
def _(aws):
    named = aws.method()

    def refused(code, message, of=named, **members):
        aws.refused(code, message, "put_integration", **of, **members)

    bad = "BadRequestException"
    lambda_arn = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations"
    refused("NotFoundException", NO_RESOURCE, type="MOCK", of=elsewhere(named, resourceId="nothin"))
    refused("NotFoundException", NO_METHOD, type="MOCK", of=elsewhere(named, httpMethod="PUT"))
    refused(bad, "Enumeration value for HttpMethod must be non-empty", type="AWS_PROXY", uri=lambda_arn)
    refused(
        bad, "Enumeration value for HttpMethod must be non-empty", type="HTTP", uri="http://127.0.0.1:9999"
    )
    refused(
        bad,
        "Invalid HTTP endpoint specified for URI",
        type="HTTP",
        integrationHttpMethod="GET",
        uri="nonsense",
    )
    refused(
        bad, "Invalid ARN specified in the request", type="AWS", integrationHttpMethod="POST", uri="nonsense"
    )
    refused(
        bad,
        "AWS ARN for integration must contain path or action",
        type="AWS",
        integrationHttpMethod="POST",
        uri="arn:aws:apigateway:us-east-1:lambda:nonsense",
    )
    refused(
        bad,
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri="arn:aws:apigateway:us-east-1:dynamodb:action/PutItem",
    )
    refused(
        "ValidationException",
        "1 validation error detected: Value 'wrong' at 'putIntegrationInput.type' failed to satisfy constraint: Member "
        "must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
        type="wrong",
    )
    refused(
        bad,
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: wrong]",
        type="HTTP",
        integrationHttpMethod="GET",
        uri="http://127.0.0.1:9999",
        requestParameters={"integration.request.header.h": "wrong"},
    )


@case("GetIntegration", "answers the integration, and refuses when there is none")
def _(aws):
    named = aws.mock()
    answer = aws.get_integration(**named)
    has(answer, {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}})
    same(answer["integrationResponses"]["200"]["statusCode"], "200")
    aws.refused("NotFoundException", NO_INTEGRATION, "get_integration", **aws.method())


@case("UpdateIntegration", "changes every member that can be changed")
def _(aws):
    named = aws.method()
    aws.put_integration(**named, type="HTTP", integrationHttpMethod="GET", uri="http://127.0.0.1:9999/a")

    def updated(*operations):
        return aws.update_integration(**named, patchOperations=list(operations))

    has(
        updated(patch("replace", "/uri", "http://127.0.0.1:9999/b"), patch("replace", "/httpMethod", "PUT")),
        {"uri": "http://127.0.0.1:9999/b", "httpMethod": "PUT"},
    )
    has(updated(patch("replace", "/timeoutInMillis", "1000")), {"timeoutInMillis": 1000})
    has(updated(patch("replace", "/passthroughBehavior", "NEVER")), {"passthroughBehavior": "NEVER"})
    has(updated(patch("replace", "/cacheNamespace", "n")), {"cacheNamespace": "n"})
    has(
        updated(patch("replace", "/contentHandling", "CONVERT_TO_TEXT")),
        {"contentHandling": "CONVERT_TO_TEXT"},
    )
    has(
        updated(patch("replace", "/tlsConfig/insecureSkipVerification", "true")),
        {"tlsConfig": {"insecureSkipVerification": True}},
    )
    has(
        updated(patch("add", "/requestTemplates/application~1json", "{}")),
        {"requestTemplates": {"application/json": "{}"}},
    )
    lacks(updated(patch("remove", "/requestTemplates/application~1json")), "requestTemplates")
    has(
        updated(patch("add", "/requestParameters/integration.request.header.h", "'x'")),
        {"requestParameters": {"integration.request.header.h": "'x'"}},
    )


@case("UpdateIntegration", "refuses what the service refuses")
def _(aws):
    named = aws.mock()
    aws.refused(
        "BadRequestException", None, "update_integration", **named, patchOperations=replace("/nothing", "x")
    )
    aws.refused(
        "BadRequestException",
        None,
        "update_integration",
        **named,
        patchOperations=replace("/timeoutInMillis", "x"),
    )
    aws.refused(
        "NotFoundException",
        NO_INTEGRATION,
        "update_integration",
        **aws.method(),
        patchOperations=replace("/uri", "x"),
    )


@case("DeleteIntegration", "removes the integration, and refuses when there is none")
def _(aws):
    named = aws.mock()
    aws.delete_integration(**named)
    aws.refused("NotFoundException", NO_INTEGRATION, "get_integration", **named)
    aws.refused("NotFoundException", NO_INTEGRATION, "delete_integration", **named)


@case("PutIntegrationResponse", "answers what it is given, empty maps and texts too")
def _(aws):
    named = aws.mock()
    aws.put_method_response(**named, statusCode="201", responseParameters={"method.response.header.h": False})
    given = {
        "selectionPattern": "",
        "responseTemplates": {},
        "responseParameters": {"method.response.header.h": "'x'"},
        "contentHandling": "CONVERT_TO_TEXT",
    }
    same(aws.put_integration_response(**named, statusCode="201", **given), {"statusCode": "201", **given})
    aws.put_method_response(**named, statusCode="202")
    same(aws.put_integration_response(**named, statusCode="202"), {"statusCode": "202"})


@case("PutIntegrationResponse", "refuses what the service refuses, in its order")
def _(aws):
    named = {**aws.mock(), "statusCode": "200"}

    def refused(code, message, of=named, **members):
        aws.refused(code, message, "put_integration_response", **of, **members)

    refused("NotFoundException", NO_RESOURCE, of=elsewhere(named, restApiId="nothinghere"))
    refused("NotFoundException", NO_RESOURCE, of=elsewhere(named, resourceId="nothin"))
    refused("NotFoundException", NO_METHOD, of=elsewhere(named, httpMethod="PUT"))
    refused("NotFoundException", NO_RESPONSE, of=elsewhere(named, statusCode="202"))
    refused(
        "BadRequestException",
        "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
        responseTemplates={"123": "x"},
    )


@case("GetIntegrationResponse", "answers the response, and refuses an unknown one")
def _(aws):
    named = aws.mock()
    same(aws.get_integration_response(**named, statusCode="200")["statusCode"], "200")
    refused = ("NotFoundException", NO_RESPONSE, "get_integration_response")
    aws.refused(*refused, **named, statusCode="201")
    aws.refused(
        "NotFoundException",
        NO_METHOD,
        "get_integration_response",
        **elsewhere(named, httpMethod="PUT"),
        statusCode="200",
    )


@case("UpdateIntegrationResponse", "changes every member that can be changed")
def _(aws):
    named = {**aws.mock(), "statusCode": "200"}

    def updated(*operations):
        return aws.update_integration_response(**named, patchOperations=list(operations))

    has(updated(patch("replace", "/selectionPattern", "2\\d\\d")), {"selectionPattern": "2\\d\\d"})
    has(
        updated(patch("replace", "/contentHandling", "CONVERT_TO_BINARY")),
        {"contentHandling": "CONVERT_TO_BINARY"},
    )
    has(
        updated(patch("add", "/responseTemplates/application~1json", "{}")),
        {"responseTemplates": {"application/json": "{}"}},
    )
    updated(patch("remove", "/responseTemplates/application~1json"))


@case("UpdateIntegrationResponse", "refuses what the service refuses")
def _(aws):
    named = {**aws.mock(), "statusCode": "200"}
    aws.refused(
        "BadRequestException",
        None,
        "update_integration_response",
        **named,
        patchOperations=replace("/nothing", "x"),
    )
    other = elsewhere(named, statusCode="201")
    aws.refused(
        "NotFoundException",
        NO_RESPONSE,
        "update_integration_response",
        **other,
        patchOperations=replace("/selectionPattern", "x"),
    )


@case("DeleteIntegrationResponse", "removes the response, and refuses in the service's order")
def _(aws):
    named = aws.mock()
    aws.delete_integration_response(**named, statusCode="200")
    aws.refused("NotFoundException", NO_RESPONSE, "delete_integration_response", **named, statusCode="200")
    aws.refused(
        "NotFoundException",
        NO_INTEGRATION,
        "delete_integration_response",
        **elsewhere(named, httpMethod="PUT"),
        statusCode="200",
    )


@case("TestInvokeMethod", "answers status, body, headers, log and latency")
def _(aws):
    answer = aws.test_invoke_method(**aws.mock(), pathWithQueryString="/?a=b", headers={"x": "y"})
    has(answer, {"status": 200, "latency": NUMBER, "log": TEXT, "body": TEXT})
    same(sorted(answer["headers"]), sorted(answer["multiValueHeaders"]))


@case("TestInvokeMethod", "refuses an unknown method or resource")
def _(aws):
    named = aws.mock()
    aws.refused("NotFoundException", NO_METHOD, "test_invoke_method", **elsewhere(named, httpMethod="PUT"))
    aws.refused(
        "NotFoundException", NO_RESOURCE, "test_invoke_method", **elsewhere(named, resourceId="nothin")
    )


@case("UpdateMethod", "takes a custom authorizer in one request, and passes an authorizer over that the type has no use for")
def _(aws):
    named = aws.method()
    uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations"
    source = "method.request.header.Authorization"
    authorizer = aws.create_authorizer(
        restApiId=named["restApiId"], name="a", type="TOKEN", authorizerUri=uri, identitySource=source
    )["id"]
    ignored = aws.update_method(**named, patchOperations=replace("/authorizerId", authorizer))
    lacks(ignored, "authorizerId")
    both = [patch("replace", "/authorizationType", "CUSTOM"), patch("replace", "/authorizerId", authorizer)]
    answer = aws.update_method(**named, patchOperations=both)
    has(answer, {"authorizationType": "CUSTOM", "authorizerId": authorizer})
    lacks(aws.update_method(**named, patchOperations=replace("/authorizationType", "NONE")), "authorizerId")


@case("PutIntegration", "takes a VPC link that a stage variable names")
def _(aws):
    given = {"connectionType": "VPC_LINK", "connectionId": "${stageVariables.link}"}
    answer = aws.put_integration(
        **aws.method(), type="HTTP_PROXY", integrationHttpMethod="ANY", uri="http://a.example/x", **given
    )
    has(answer, given)
