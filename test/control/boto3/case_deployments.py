"""Deployments, Stages, their caches, SDKs and ClientCertificates."""

import io
import re
import zipfile

from harness import ID6, TEXT, TIME, case, has, invalid_api, lacks, patch, replace, same

NO_STAGE = "Invalid stage identifier specified"
NO_DEPLOYMENT = "Invalid Deployment identifier specified"
CANARY = "Invalid deployment content specified."


@case("CreateDeployment", "answers the deployment, and makes the stage that it names")
def _(aws):
    api = aws.mock()["restApiId"]
    answer = aws.create_deployment(restApiId=api, stageName="prod", description="d", variables={"a": "b"})
    same(answer, {"id": ID6, "description": "d", "createdDate": TIME})
    has(
        aws.get_stage(restApiId=api, stageName="prod"),
        {"deploymentId": answer["id"], "variables": {"a": "b"}},
    )


@case("CreateDeployment", "begins a canary on a stage")
def _(aws):
    api, deployment, stage = aws.stage()
    canary = aws.create_deployment(
        restApiId=api,
        stageName=stage,
        canarySettings={"percentTraffic": 10.5, "stageVariableOverrides": {"a": "b"}},
    )
    has(
        aws.get_stage(restApiId=api, stageName=stage),
        {
            "deploymentId": deployment,
            "canarySettings": {
                "deploymentId": canary["id"],
                "percentTraffic": 10.5,
                "stageVariableOverrides": {"a": "b"},
                "useStageCache": False,
            },
        },
    )


@case("CreateDeployment", "refuses what the service refuses")
def _(aws):
    api = aws.mock()["restApiId"]

    def refused(code, message, /, **members):
        aws.refused(code, message, "create_deployment", **{"restApiId": api, **members})

    canary = {"percentTraffic": 1.0}
    refused("NotFoundException", invalid_api("nothinghere"), restApiId="nothinghere")
    refused(
        "BadRequestException",
        f"{CANARY}Non null and non empty stageName must be provided for canary deployment. Provided value is null",
        canarySettings=canary,
    )
    refused(
        "BadRequestException",
        f"{CANARY}Non null and non empty stageName must be provided for canary deployment. Provided value is ",
        canarySettings=canary,
        stageName="",
    )
    refused(
        "BadRequestException",
        f"{CANARY}Stage non-existing must already be created before making a canary release deployment",
        canarySettings=canary,
        stageName="non-existing",
    )
    refused("BadRequestException", None, restApiId=aws.api()[0], stageName="prod")


@case("GetDeployment", "answers the deployment; with a summary of its API when it is asked for")
def _(aws):
    api, deployment, _stage = aws.stage()
    same(aws.get_deployment(restApiId=api, deploymentId=deployment), {"id": deployment, "createdDate": TIME})
    summary = aws.get_deployment(restApiId=api, deploymentId=deployment, embed=["apisummary"])["apiSummary"]
    same(summary, {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}})


@case("GetDeployment", "refuses an unknown deployment")
def _(aws):
    api, _deployment, _stage = aws.stage()
    aws.refused("NotFoundException", NO_DEPLOYMENT, "get_deployment", restApiId=api, deploymentId="nothin")


@case("GetDeployments", "answers all, and refuses an unknown API")
def _(aws):
    api, first, _stage = aws.stage()
    second = aws.create_deployment(restApiId=api)["id"]
    same(sorted(item["id"] for item in aws.get_deployments(restApiId=api)["items"]), sorted([first, second]))
    aws.refused("NotFoundException", None, "get_deployments", restApiId="nothinghere")


@case("UpdateDeployment", "changes the description, and refuses to change anything else")
def _(aws):
    api, deployment, _stage = aws.stage()
    named = {"restApiId": api, "deploymentId": deployment}
    has(aws.update_deployment(**named, patchOperations=replace("/description", "e")), {"description": "e"})
    aws.refused(
        "BadRequestException", None, "update_deployment", **named, patchOperations=replace("/id", "x")
    )
    aws.refused(
        "NotFoundException",
        None,
        "update_deployment",
        restApiId=api,
        deploymentId="nothin",
        patchOperations=replace("/description", "x"),
    )


@case("DeleteDeployment", "removes a deployment, and refuses one that a stage has")
def _(aws):
    api, deployment, stage = aws.stage()
    named = {"restApiId": api, "deploymentId": deployment}
    aws.refused(
        "BadRequestException",
        "Active stages pointing to this deployment must be moved or deleted",
        "delete_deployment",
        **named,
    )
    aws.delete_stage(restApiId=api, stageName=stage)
    aws.delete_deployment(**named)
    aws.refused("NotFoundException", NO_DEPLOYMENT, "delete_deployment", **named)


@case("CreateStage", "answers the stage with its defaults")
def _(aws):
    api, deployment, _stage = aws.stage()
    answer = aws.create_stage(restApiId=api, stageName="test", deploymentId=deployment)
    same(
        answer,
        {
            "deploymentId": deployment,
            "stageName": "test",
            "cacheClusterEnabled": False,
            "cacheClusterStatus": "NOT_AVAILABLE",
            "methodSettings": {},
            "tracingEnabled": False,
            "createdDate": TIME,
            "lastUpdatedDate": TIME,
        },
    )


@case("CreateStage", "keeps what it is given")
def _(aws):
    api, deployment, _stage = aws.stage()
    given = {
        "description": "d",
        "variables": {"a": "b"},
        "tracingEnabled": True,
        "tags": {"t": "u"},
        "canarySettings": {"percentTraffic": 50.0, "deploymentId": deployment, "useStageCache": True},
    }
    has(aws.create_stage(restApiId=api, stageName="test", deploymentId=deployment, **given), given)


@case("CreateStage", "refuses what the service refuses")
def _(aws):
    api, deployment, stage = aws.stage()

    def refused(code, message, /, **members):
        aws.refused(
            code,
            message,
            "create_stage",
            **{"restApiId": api, "stageName": "test", "deploymentId": deployment, **members},
        )

    refused("ConflictException", "Stage already exists", stageName=stage)
    refused("BadRequestException", "Deployment id does not exist", deploymentId="nothin")
    refused("BadRequestException", "Deployment id does not exist", canarySettings={"deploymentId": "nothin"})
    refused("BadRequestException", None, stageName="a b")
    refused("NotFoundException", None, restApiId="nothinghere")
    refused("ValidationException", None, cacheClusterSize="1")


@case("GetStage", "answers the stage, and refuses an unknown one")
def _(aws):
    api, deployment, stage = aws.stage()
    has(aws.get_stage(restApiId=api, stageName=stage), {"stageName": stage, "deploymentId": deployment})
    aws.refused("NotFoundException", NO_STAGE, "get_stage", restApiId=api, stageName="nothing")
    aws.refused("NotFoundException", None, "get_stage", restApiId="nothinghere", stageName=stage)


@case("GetStages", "answers all, or those of a deployment")
def _(aws):
    api, first, _stage = aws.stage("a")
    second = aws.create_deployment(restApiId=api, stageName="b")["id"]
    same(sorted(item["stageName"] for item in aws.get_stages(restApiId=api)["item"]), ["a", "b"])
    same([item["stageName"] for item in aws.get_stages(restApiId=api, deploymentId=second)["item"]], ["b"])
    same(
        [item["deploymentId"] for item in aws.get_stages(restApiId=api, deploymentId=first)["item"]], [first]
    )


@case("GetStages", "refuses an unknown API")
def _(aws):
    aws.refused("NotFoundException", None, "get_stages", restApiId="nothinghere")


def updating(aws, api, stage):
    def updated(*operations):
        return aws.update_stage(restApiId=api, stageName=stage, patchOperations=list(operations))

    return updated


@case("UpdateStage", "moves to another deployment, and back")
def _(aws):
    api, first, stage = aws.stage()
    second = aws.create_deployment(restApiId=api)["id"]
    updated = updating(aws, api, stage)
    has(updated(patch("replace", "/deploymentId", second)), {"deploymentId": second})
    has(updated(patch("replace", "/deploymentId", first)), {"deploymentId": first})


@case("UpdateStage", "changes variables and plain members")
def _(aws):
    api, _deployment, stage = aws.stage()
    updated = updating(aws, api, stage)
    has(
        updated(patch("replace", "/variables/a", "b"), patch("replace", "/description", "d")),
        {"variables": {"a": "b"}, "description": "d"},
    )
    lacks(updated(patch("remove", "/variables/a")), "variables")
    has(updated(patch("replace", "/tracingEnabled", "true")), {"tracingEnabled": True})
    logs = {
        "destinationArn": "arn:aws:logs:us-east-1:111122223333:log-group:g",
        "format": "$context.requestId",
    }
    has(
        updated(
            patch("replace", "/accessLogSettings/destinationArn", logs["destinationArn"]),
            patch("replace", "/accessLogSettings/format", logs["format"]),
        ),
        {"accessLogSettings": logs},
    )
    lacks(updated(patch("remove", "/accessLogSettings")), "accessLogSettings")


@case("UpdateStage", "makes a method setting with its defaults, and removes it")
def _(aws):
    api, _deployment, stage = aws.stage()
    updated = updating(aws, api, stage)
    answer = updated(patch("replace", "/*/*/throttling/burstLimit", "12"))
    same(
        answer["methodSettings"],
        {
            "*/*": {
                "metricsEnabled": False,
                "dataTraceEnabled": False,
                "throttlingBurstLimit": 12,
                "throttlingRateLimit": 10000.0,
                "cachingEnabled": False,
                "cacheTtlInSeconds": 300,
                "cacheDataEncrypted": False,
                "requireAuthorizationForCacheControl": True,
                "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
            }
        },
    )
    specific = updated(patch("replace", "/test/GET/throttling/rateLimit", "1.5"))["methodSettings"]
    has(specific["test/GET"], {"throttlingRateLimit": 1.5, "throttlingBurstLimit": 12})
    same(sorted(updated(patch("remove", "/*/*"))["methodSettings"]), ["test/GET"])


@case("UpdateStage", "begins, changes, promotes and ends a canary")
def _(aws):
    api, first, stage = aws.stage()
    second = aws.create_deployment(restApiId=api)["id"]
    updated = updating(aws, api, stage)
    begun = updated(patch("replace", "/canarySettings/deploymentId", second))
    same(begun["canarySettings"], {"deploymentId": second, "percentTraffic": 0.0, "useStageCache": False})
    changed = updated(
        patch("replace", "/canarySettings/percentTraffic", "25.5"),
        patch("replace", "/canarySettings/stageVariableOverrides/a", "b"),
    )
    has(changed["canarySettings"], {"percentTraffic": 25.5, "stageVariableOverrides": {"a": "b"}})
    promoted = updated(
        patch("copy", "/deploymentId", from_="/canarySettings/deploymentId"),
        patch("copy", "/variables", from_="/canarySettings/stageVariableOverrides"),
    )
    has(promoted, {"deploymentId": second, "variables": {"a": "b"}})
    lacks(updated(patch("remove", "/canarySettings")), "canarySettings")
    started = updated(patch("replace", "/canarySettings/percentTraffic", "5.0"))
    has(started["canarySettings"], {"deploymentId": second, "percentTraffic": 5.0})
    assert first != second


@case("UpdateStage", "refuses what the service refuses")
def _(aws):
    api, deployment, stage = aws.stage()

    def refused(message, *operations, code="BadRequestException", name=stage):
        aws.refused(
            code, message, "update_stage", restApiId=api, stageName=name, patchOperations=list(operations)
        )

    refused(
        re.compile(
            r"^Invalid method setting path: /nothing\. Must be one of: \[/deploymentId, /description, .*/throttling/burstLimit/\{resourcePath\}.*, /variables/\{variable_name\}, /tracingEnabled\]$"
        ),
        patch("replace", "/nothing", "x"),
    )
    refused(
        "Cannot remove method setting */* because there is no method setting for this method ",
        patch("remove", "/*/*"),
    )
    refused(
        "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]",
        patch("replace", "/accessLogSettings/x", "y"),
    )
    for name, path in [
        ("canarySettings/badPath", "/canarySettings/badPath"),
        ("accessLogSettings/destinationArn", "/accessLogSettings/destinationArn"),
    ]:
        text = f"Cannot remove method setting {name} because there is no method setting for this method "
        refused(text, patch("remove", path))
    refused("Access Log value must not be empty", patch("replace", "/accessLogSettings/format", ""))
    refused("Deployment id does not exist", patch("replace", "/deploymentId", "nothin"))
    refused(
        "Invalid add operation with path: /canarySettings/deploymentId",
        patch("add", "/canarySettings/deploymentId", deployment),
    )
    refused(
        "Promotion not available. Canary does not exist.",
        patch("copy", "/deploymentId", from_="/canarySettings/deploymentId"),
    )
    refused(
        "Invalid copy operation with path: /x and from /y. Valid copy:path are [/deploymentId, /variables] and valid "
        "copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]",
        patch("copy", "/x", from_="/y"),
    )
    refused(NO_STAGE, patch("replace", "/description", "x"), code="NotFoundException", name="nothing")


@case("DeleteStage", "removes the stage, and refuses an unknown one")
def _(aws):
    api, _deployment, stage = aws.stage()
    aws.delete_stage(restApiId=api, stageName=stage)
    aws.refused("NotFoundException", NO_STAGE, "delete_stage", restApiId=api, stageName=stage)


@case("FlushStageCache", "answers nothing, and refuses an unknown stage")
def _(aws):
    api, _deployment, stage = aws.stage()
    same(aws.flush_stage_cache(restApiId=api, stageName=stage), {})
    aws.refused("NotFoundException", NO_STAGE, "flush_stage_cache", restApiId=api, stageName="nothing")


@case("FlushStageAuthorizersCache", "answers nothing, and refuses an unknown stage")
def _(aws):
    api, _deployment, stage = aws.stage()
    same(aws.flush_stage_authorizers_cache(restApiId=api, stageName=stage), {})
    aws.refused(
        "NotFoundException", NO_STAGE, "flush_stage_authorizers_cache", restApiId=api, stageName="nothing"
    )


@case("GetSdk", "answers a zip with the client")
def _(aws):
    api, _deployment, stage = aws.stage()
    answer = aws.get_sdk(restApiId=api, stageName=stage, sdkType="javascript")
    assert answer["contentDisposition"].startswith("attachment; filename="), answer["contentDisposition"]
    names = zipfile.ZipFile(io.BytesIO(answer["body"].read())).namelist()
    assert any(name.endswith("apigClient.js") for name in names), names


@case("GetSdk", "refuses an unknown stage or kind")
def _(aws):
    api, _deployment, stage = aws.stage()
    aws.refused(
        "NotFoundException", NO_STAGE, "get_sdk", restApiId=api, stageName="nothing", sdkType="javascript"
    )
    aws.refused("BadRequestException", None, "get_sdk", restApiId=api, stageName=stage, sdkType="cobol")


@case("GetSdkTypes", "answers the kinds of clients")
def _(aws):
    ids = [item["id"] for item in aws.get_sdk_types()["items"]]
    for wanted in ["java", "android", "objectivec", "swift", "ruby", "javascript"]:
        assert wanted in ids, ids


@case("GetSdkTypes", "refuses a limit that is no number")
def _(aws):
    aws.refused("SerializationException", None, "get_sdk_types", limit="x")


@case("GetSdkType", "answers the kind with its properties, and refuses an unknown one")
def _(aws):
    has(aws.get_sdk_type(id="javascript"), {"id": "javascript", "friendlyName": TEXT})
    java = aws.get_sdk_type(id="java")
    assert any(one["required"] for one in java["configurationProperties"]), java
    aws.refused("NotFoundException", None, "get_sdk_type", id="cobol")


@case("GenerateClientCertificate", "answers a certificate that lasts a year")
def _(aws):
    answer = aws.generate_client_certificate(description="d", tags={"a": "b"})
    same(
        answer,
        {
            "clientCertificateId": ID6,
            "description": "d",
            "pemEncodedCertificate": TEXT,
            "createdDate": TIME,
            "expirationDate": TIME,
            "tags": {"a": "b"},
        },
    )
    assert answer["pemEncodedCertificate"].startswith("-----BEGIN CERTIFICATE-----"), answer[
        "pemEncodedCertificate"
    ]
    assert (answer["expirationDate"] - answer["createdDate"]).days in (364, 365, 366)


@case("GenerateClientCertificate", "refuses a description that is no text")
def _(aws):
    aws.refused("SerializationException", None, "generate_client_certificate", description=1)


@case("GetClientCertificate", "answers the certificate, and refuses an unknown one")
def _(aws):
    created = aws.generate_client_certificate()
    same(
        aws.get_client_certificate(clientCertificateId=created["clientCertificateId"])[
            "pemEncodedCertificate"
        ],
        created["pemEncodedCertificate"],
    )
    aws.refused("NotFoundException", None, "get_client_certificate", clientCertificateId="nothin")


@case("GetClientCertificates", "answers all, and refuses a position that it did not give")
def _(aws):
    created = aws.generate_client_certificate()["clientCertificateId"]
    assert created in [
        item["clientCertificateId"] for item in aws.get_client_certificates(limit=500)["items"]
    ]
    aws.refused("BadRequestException", None, "get_client_certificates", position="bm90aGluZw")


@case("UpdateClientCertificate", "changes the description, and refuses to change anything else")
def _(aws):
    created = {"clientCertificateId": aws.generate_client_certificate()["clientCertificateId"]}
    has(
        aws.update_client_certificate(**created, patchOperations=replace("/description", "e")),
        {"description": "e"},
    )
    aws.refused(
        "BadRequestException",
        None,
        "update_client_certificate",
        **created,
        patchOperations=replace("/nothing", "x"),
    )
    aws.refused(
        "NotFoundException",
        None,
        "update_client_certificate",
        clientCertificateId="nothin",
        patchOperations=replace("/description", "x"),
    )


@case("DeleteClientCertificate", "removes the certificate, and refuses an unknown one")
def _(aws):
    created = {"clientCertificateId": aws.generate_client_certificate()["clientCertificateId"]}
    aws.delete_client_certificate(**created)
    aws.refused("NotFoundException", None, "delete_client_certificate", **created)


@case("CreateStage", "refuses the eleventh stage of an API")
def _(aws):
    api, deployment, _stage = aws.stage()
    for n in range(9):
        aws.create_stage(restApiId=api, stageName=f"s{n}", deploymentId=deployment)
    aws.refused(
        "LimitExceededException", None, "create_stage", restApiId=api, stageName="s9", deploymentId=deployment
    )
