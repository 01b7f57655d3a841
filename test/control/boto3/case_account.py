"""The account, and tags."""

from harness import ACCOUNT, REGION, case, has, patch, replace, same

ROLE = f"arn:aws:iam::{ACCOUNT}:role/logs"


def arn(path):
    return f"arn:aws:apigateway:{REGION}::{path}"


@case("GetAccount", "answers the limits and features")
def _(aws):
    has(
        aws.get_account(),
        {
            "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
            "features": ["UsagePlans"],
            "apiKeyVersion": "4",
        },
    )


@case("UpdateAccount", "sets the role that writes logs")
def _(aws):
    has(aws.update_account(patchOperations=replace("/cloudwatchRoleArn", ROLE)), {"cloudwatchRoleArn": ROLE})
    has(aws.get_account(), {"cloudwatchRoleArn": ROLE})


@case("UpdateAccount", "refuses what the service refuses")
def _(aws):
    aws.refused("BadRequestException", None, "update_account", patchOperations=replace("/nothing", "x"))
    aws.refused(
        "BadRequestException",
        None,
        "update_account",
        patchOperations=[patch("remove", "/features", "UsagePlans")],
    )
    aws.refused(
        "ValidationException", None, "update_account", patchOperations=[patch("wrong", "/features", "x")]
    )


@case("TagResource", "adds tags to every kind of resource that has them")
def _(aws):
    api, _deployment, stage = aws.stage()
    paths = [
        f"/restapis/{api}",
        f"/restapis/{api}/stages/{stage}",
        f"/apikeys/{aws.create_api_key(name='k')['id']}",
        f"/usageplans/{aws.create_usage_plan(name='p')['id']}",
        f"/clientcertificates/{aws.generate_client_certificate()['clientCertificateId']}",
        f"/vpclinks/{aws.create_vpc_link(name='v', targetArns=['arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/n/1'])['id']}",
    ]
    for path in paths:
        aws.tag_resource(resourceArn=arn(path), tags={"a": "b"})
        aws.tag_resource(resourceArn=arn(path), tags={"a": "c", "d/e": "f g"})
        same((path, aws.get_tags(resourceArn=arn(path))["tags"]), (path, {"a": "c", "d/e": "f g"}))


@case("TagResource", "refuses what the service refuses")
def _(aws):
    aws.refused(
        "NotFoundException", None, "tag_resource", resourceArn=arn("/restapis/nothinghere"), tags={"a": "b"}
    )
    aws.refused("BadRequestException", None, "tag_resource", resourceArn="nonsense", tags={"a": "b"})
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value null at 'tagResourceInput.tags' failed to satisfy constraint: Member must not be null",
        "tag_resource",
        resourceArn=arn("/restapis/x"),
    )


@case("GetTags", "answers the tags that a resource was created with")
def _(aws):
    api, _root = aws.api(tags={"a": "b"})
    same(aws.get_tags(resourceArn=arn(f"/restapis/{api}")), {"tags": {"a": "b"}})
    same(aws.get_tags(resourceArn=arn(f"/restapis/{aws.api()[0]}")), {"tags": {}})


@case("GetTags", "refuses an unknown resource")
def _(aws):
    aws.refused("NotFoundException", None, "get_tags", resourceArn=arn("/restapis/nothinghere"))


@case("UntagResource", "removes the tags that are named")
def _(aws):
    api, _root = aws.api(tags={"a": "b", "c": "d", "e": "f"})
    aws.untag_resource(resourceArn=arn(f"/restapis/{api}"), tagKeys=["a", "c", "unknown"])
    same(aws.get_rest_api(restApiId=api)["tags"], {"e": "f"})


@case("UntagResource", "refuses an unknown resource, and no keys at all")
def _(aws):
    aws.refused(
        "NotFoundException", None, "untag_resource", resourceArn=arn("/restapis/nothinghere"), tagKeys=["a"]
    )
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
        "untag_resource",
        resourceArn=arn("/restapis/x"),
    )
