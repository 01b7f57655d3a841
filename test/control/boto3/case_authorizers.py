"""Authorizers."""

from harness import ID6, NUMBER, TEXT, case, has, patch, replace, same

NO_AUTHORIZER = "Invalid Authorizer identifier specified"
URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations"
OTHER_URI = URI.replace("function:f/", "function:g/")
SOURCE = "method.request.header.Authorization"
POOL = "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_abcdefghi"


def authorizer(aws):
    api, _root = aws.api()
    answer = aws.create_authorizer(
        restApiId=api, name="a", type="TOKEN", authorizerUri=URI, identitySource=SOURCE
    )
    return {"restApiId": api, "authorizerId": answer["id"]}, answer


@case("CreateAuthorizer", "answers the authorizer with its defaults")
def _(aws):
    _named, answer = authorizer(aws)
    has(
        answer,
        {
            "id": ID6,
            "name": "a",
            "type": "TOKEN",
            "authType": "custom",
            "authorizerUri": URI,
            "identitySource": SOURCE,
        },
    )


@case("CreateAuthorizer", "makes one for user pools")
def _(aws):
    api, _root = aws.api()
    answer = aws.create_authorizer(
        restApiId=api, name="c", type="COGNITO_USER_POOLS", providerARNs=[POOL], identitySource=SOURCE
    )
    has(answer, {"type": "COGNITO_USER_POOLS", "authType": "cognito_user_pools", "providerARNs": [POOL]})


@case("CreateAuthorizer", "refuses what the service refuses")
def _(aws):
    api, _root = aws.api()

    def refused(code, message, /, **members):
        given = {
            "restApiId": api,
            "name": "a",
            "type": "TOKEN",
            "authorizerUri": URI,
            "identitySource": SOURCE,
        }
        given = {**given, **members}
        aws.refused(
            code,
            message,
            "create_authorizer",
            **{name: value for name, value in given.items() if value is not None},
        )

    refused(
        "ConflictException",
        "Unable to complete operation due to concurrent modification. Please try again later.",
        restApiId="nothinghere",
    )
    refused("ValidationException", None, type="WRONG")
    refused("BadRequestException", None, type="COGNITO_USER_POOLS", authorizerUri=None)
    refused("BadRequestException", None, authorizerUri=None)
    refused(
        "ValidationException",
        "1 validation error detected: Value null at 'createAuthorizerInput.name' failed to satisfy constraint: Member must not be null",
        name=None,
    )


@case("GetAuthorizer", "answers the authorizer, and refuses an unknown one")
def _(aws):
    named, created = authorizer(aws)
    same(aws.get_authorizer(**named), created)
    aws.refused("NotFoundException", NO_AUTHORIZER, "get_authorizer", **{**named, "authorizerId": "nothin"})


@case("GetAuthorizers", "answers all, and refuses an unknown API")
def _(aws):
    named, created = authorizer(aws)
    same(aws.get_authorizers(restApiId=named["restApiId"]), {"items": [created]})
    aws.refused("NotFoundException", None, "get_authorizers", restApiId="nothinghere")


@case("UpdateAuthorizer", "changes every member that can be changed")
def _(aws):
    named, _created = authorizer(aws)

    def updated(*operations):
        return aws.update_authorizer(**named, patchOperations=list(operations))

    has(
        updated(patch("replace", "/name", "b"), patch("replace", "/authorizerResultTtlInSeconds", "60")),
        {"name": "b", "authorizerResultTtlInSeconds": 60},
    )
    has(
        updated(patch("replace", "/identityValidationExpression", "x.*")),
        {"identityValidationExpression": "x.*"},
    )
    has(
        updated(patch("replace", "/identitySource", "method.request.header.X")),
        {"identitySource": "method.request.header.X"},
    )
    has(updated(patch("replace", "/authorizerUri", OTHER_URI)), {"authorizerUri": OTHER_URI})


@case("UpdateAuthorizer", "adds and removes user pools")
def _(aws):
    api, _root = aws.api()
    created = aws.create_authorizer(
        restApiId=api, name="c", type="COGNITO_USER_POOLS", providerARNs=[POOL], identitySource=SOURCE
    )
    named = {"restApiId": api, "authorizerId": created["id"]}
    added = aws.update_authorizer(**named, patchOperations=[patch("add", "/providerARNs", POOL + "2")])
    same(added["providerARNs"], [POOL, POOL + "2"])
    removed = aws.update_authorizer(**named, patchOperations=[patch("remove", "/providerARNs", POOL)])
    same(removed["providerARNs"], [POOL + "2"])


@case("UpdateAuthorizer", "refuses what the service refuses")
def _(aws):
    named, _created = authorizer(aws)
    aws.refused(
        "BadRequestException", None, "update_authorizer", **named, patchOperations=replace("/nothing", "x")
    )
    aws.refused(
        "BadRequestException",
        None,
        "update_authorizer",
        **named,
        patchOperations=replace("/authorizerResultTtlInSeconds", "3601"),
    )
    unknown = {**named, "authorizerId": "nothin"}
    aws.refused(
        "NotFoundException",
        NO_AUTHORIZER,
        "update_authorizer",
        **unknown,
        patchOperations=replace("/name", "x"),
    )


@case("DeleteAuthorizer", "removes the authorizer, and refuses an unknown one")
def _(aws):
    named, _created = authorizer(aws)
    aws.delete_authorizer(**named)
    aws.refused("NotFoundException", NO_AUTHORIZER, "delete_authorizer", **named)


@case("DeleteAuthorizer", "refuses one that a method uses")
def _(aws):
    named, _created = authorizer(aws)
    api = named["restApiId"]
    root = aws.get_rest_api(restApiId=api)["rootResourceId"]
    aws.put_method(
        restApiId=api,
        resourceId=root,
        httpMethod="GET",
        authorizationType="CUSTOM",
        authorizerId=named["authorizerId"],
    )
    aws.refused("ConflictException", None, "delete_authorizer", **named)


@case("TestInvokeAuthorizer", "answers a status, a log and a latency")
def _(aws):
    named, _created = authorizer(aws)
    answer = aws.test_invoke_authorizer(**named, headers={"Authorization": "x"})
    has(answer, {"clientStatus": NUMBER, "log": TEXT, "latency": NUMBER})


@case("TestInvokeAuthorizer", "refuses an unknown authorizer")
def _(aws):
    named, _created = authorizer(aws)
    aws.refused(
        "NotFoundException", NO_AUTHORIZER, "test_invoke_authorizer", **{**named, "authorizerId": "nothin"}
    )


@case("CreateAuthorizer", "refuses the eleventh of an API, and a name that is taken")
def _(aws):
    api, _root = aws.api()
    given = {"restApiId": api, "type": "TOKEN", "authorizerUri": URI, "identitySource": SOURCE}
    for n in range(10):
        aws.create_authorizer(**given, name=f"a{n}")
    aws.refused("LimitExceededException", None, "create_authorizer", **given, name="b")
    aws.refused("BadRequestException", None, "create_authorizer", **given, name="a0")
