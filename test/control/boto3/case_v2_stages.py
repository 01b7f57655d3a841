"""apigatewayv2: deployments, stages, domain names, API mappings, VPC links."""

from harness import ID6, REGION, TEXT, TIME, has, invalid_api, lacks, same
from v2_harness import NOTHING, case, not_found, quota

SETTINGS = {"DataTraceEnabled": False, "DetailedMetricsEnabled": False, "LoggingLevel": "OFF"}


@case("CreateDeployment", "answers the deployment, and a stage serves it")
def _(aws):
    api = aws.deployable()
    answer = aws.create_deployment(ApiId=api, Description="first")
    same(
        answer,
        {
            "AutoDeployed": False,
            "CreatedDate": TIME,
            "DeploymentId": ID6,
            "DeploymentStatus": "DEPLOYED",
            "Description": "first",
        },
    )
    same(aws.get_deployment(ApiId=api, DeploymentId=answer["DeploymentId"]), answer)
    aws.create_stage(ApiId=api, StageName="prod")
    second = aws.create_deployment(ApiId=api, StageName="prod")["DeploymentId"]
    has(aws.get_stage(ApiId=api, StageName="prod"), {"DeploymentId": second})


@case("CreateDeployment", "refuses an API without routes, and a stage that is not there")
def _(aws):
    aws.refused(
        "BadRequestException",
        "At least one route is required before deploying the Api.",
        "create_deployment",
        ApiId=aws.websocket(),
    )
    aws.refused(
        "NotFoundException", not_found("Stage"), "create_deployment", ApiId=aws.deployable(), StageName="prod"
    )
    aws.refused("NotFoundException", invalid_api(NOTHING), "create_deployment", ApiId=NOTHING)


@case("GetDeployment", "refuses an unknown id")
def _(aws):
    aws.refused(
        "NotFoundException", not_found("Deployment"), "get_deployment", ApiId=aws.websocket(), DeploymentId=NOTHING
    )


@case("GetDeployments", "answers every deployment, and refuses an unknown API")
def _(aws):
    api = aws.deployable()
    ids = [aws.create_deployment(ApiId=api)["DeploymentId"] for _ in range(3)]
    same([item["DeploymentId"] for item in aws.all_of("get_deployments", ApiId=api)], ids)
    aws.refused("NotFoundException", invalid_api(NOTHING), "get_deployments", ApiId=NOTHING)


@case("UpdateDeployment", "changes the description, and refuses an unknown id")
def _(aws):
    api = aws.deployable()
    made = aws.create_deployment(ApiId=api, Description="d")["DeploymentId"]
    has(aws.update_deployment(ApiId=api, DeploymentId=made, Description="e"), {"Description": "e"})
    lacks(aws.update_deployment(ApiId=api, DeploymentId=made, Description=""), "Description")
    aws.refused("NotFoundException", None, "update_deployment", ApiId=api, DeploymentId=NOTHING)


@case("DeleteDeployment", "removes the deployment, and refuses one that a stage serves")
def _(aws):
    api = aws.deployable()
    served = aws.stage(api)["DeploymentId"]
    aws.refused(
        "BadRequestException",
        "Active stages pointing to this deployment must be moved or deleted",
        "delete_deployment",
        ApiId=api,
        DeploymentId=served,
    )
    aws.delete_stage(ApiId=api, StageName="prod")
    aws.delete_deployment(ApiId=api, DeploymentId=served)
    aws.refused("NotFoundException", not_found("Deployment"), "get_deployment", ApiId=api, DeploymentId=served)


@case("CreateStage", "answers the stage with the service's defaults")
def _(aws):
    api = aws.websocket()
    answer = aws.create_stage(ApiId=api, StageName="prod")
    same(
        answer,
        {
            "AutoDeploy": False,
            "CreatedDate": TIME,
            "DefaultRouteSettings": SETTINGS,
            "LastUpdatedDate": TIME,
            "RouteSettings": {},
            "StageName": "prod",
            "StageVariables": {},
            "Tags": {},
        },
    )
    same(aws.get_stage(ApiId=api, StageName="prod"), answer)


@case("CreateStage", "keeps what it is given")
def _(aws):
    given = {
        "Description": "d",
        "StageVariables": {"a": "b"},
        "AccessLogSettings": {
            "DestinationArn": f"arn:aws:logs:{REGION}:111122223333:log-group:x",
            "Format": "$context.requestId",
        },
        "RouteSettings": {"$default": {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 2.5}},
        "Tags": {"sluice:binary": "allow"},
    }
    api = aws.deployable()
    has(aws.stage(api, **given), given)
    answer = aws.create_stage(ApiId=api, StageName="b", DefaultRouteSettings={"LoggingLevel": "INFO"})
    has(answer, {"DefaultRouteSettings": {**SETTINGS, "LoggingLevel": "INFO"}})


@case("CreateStage", "deploys by itself, and again at each change")
def _(aws):
    api = aws.deployable()
    answer = aws.create_stage(ApiId=api, StageName="auto", AutoDeploy=True)
    first = answer["DeploymentId"]
    has(answer, {"LastDeploymentStatusMessage": f"Successfully deployed stage with deployment ID '{first}'"})
    has(aws.get_deployment(ApiId=api, DeploymentId=first), {"AutoDeployed": True})
    aws.route(api, "another")
    second = aws.get_stage(ApiId=api, StageName="auto")["DeploymentId"]
    assert second != first
    empty = aws.websocket()
    has(
        aws.create_stage(ApiId=empty, StageName="auto", AutoDeploy=True),
        {
            "LastDeploymentStatusMessage": "Deployment attempt failed: Unable to deploy API because no routes exist "
            "in this API"
        },
    )


@case("CreateStage", "refuses what the service refuses")
def _(aws):
    api = aws.deployable()
    deployment = aws.stage(api)["DeploymentId"]

    def refused(type, message, **members):
        aws.refused(type, message, "create_stage", **{"ApiId": api, "StageName": "s", **members})

    refused("ConflictException", "Stage already exists", StageName="prod")
    refused("BadRequestException", "Stage name only allows a-zA-Z0-9_", StageName="$default")
    refused("BadRequestException", "Deployment id does not exist", DeploymentId=NOTHING)
    refused("BadRequestException", None, DeploymentId=deployment, AutoDeploy=True)
    refused("BadRequestException", None, ClientCertificateId=NOTHING)
    refused("BadRequestException", None, StageVariables={"a b": "c"})
    refused("BadRequestException", None, StageVariables={"a": "<"})
    refused("BadRequestException", None, AccessLogSettings={"DestinationArn": "nowhere", "Format": "x"})
    refused("BadRequestException", None, DefaultRouteSettings={"ThrottlingBurstLimit": -1})
    refused("BadRequestException", None, DefaultRouteSettings={"LoggingLevel": "ALL"})
    refused("BadRequestException", None, Tags={"sluice:ordered": "a", "sluice:max-in-flight": "0"})
    refused(
        "NotFoundException",
        "Unable to find Route by key nothing within the provided RouteSettings",
        RouteSettings={NOTHING: {"LoggingLevel": "INFO"}},
    )
    for i in range(9):
        aws.create_stage(ApiId=api, StageName=f"s{i}")
    aws.statuses = {**aws.statuses, "ConflictException": 429}
    try:
        refused("ConflictException", quota("Stages"))
    finally:
        del aws.statuses


@case("GetStage", "refuses an unknown name")
def _(aws):
    aws.refused("NotFoundException", not_found("Stage"), "get_stage", ApiId=aws.websocket(), StageName=NOTHING)


@case("GetStages", "answers every stage, and refuses an unknown API")
def _(aws):
    api = aws.websocket()
    for name in "abc":
        aws.create_stage(ApiId=api, StageName=name)
    same([item["StageName"] for item in aws.all_of("get_stages", ApiId=api)], ["a", "b", "c"])
    aws.refused("NotFoundException", invalid_api(NOTHING), "get_stages", ApiId=NOTHING)


@case("UpdateStage", "lays variables and settings over those that are there")
def _(aws):
    api = aws.deployable()
    aws.stage(api, StageVariables={"a": "1", "b": "2"}, Description="d")
    has(
        aws.update_stage(
            ApiId=api,
            StageName="prod",
            Description="",
            StageVariables={"a": "", "c": "3"},
            DefaultRouteSettings={"DataTraceEnabled": True},
            RouteSettings={"$default": {"LoggingLevel": "ERROR"}},
        ),
        {
            "StageVariables": {"b": "2", "c": "3"},
            "DefaultRouteSettings": {**SETTINGS, "DataTraceEnabled": True},
            "RouteSettings": {"$default": {"LoggingLevel": "ERROR"}},
        },
    )
    lacks(aws.get_stage(ApiId=api, StageName="prod"), "Description")
    second = aws.create_deployment(ApiId=api)["DeploymentId"]
    has(aws.update_stage(ApiId=api, StageName="prod", DeploymentId=second), {"DeploymentId": second})
    third = aws.update_stage(ApiId=api, StageName="prod", AutoDeploy=True)["DeploymentId"]
    assert third != second


@case("UpdateStage", "refuses a deployment that is not there, and an unknown stage")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    aws.refused("BadRequestException", None, "update_stage", ApiId=api, StageName="prod", DeploymentId=NOTHING)
    aws.refused("NotFoundException", not_found("Stage"), "update_stage", ApiId=api, StageName=NOTHING)


@case("DeleteStage", "removes the stage, and refuses one that is mapped or unknown")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    domain = aws.domain()
    mapping = aws.create_api_mapping(DomainName=domain, ApiId=api, Stage="prod")["ApiMappingId"]
    aws.refused("BadRequestException", None, "delete_stage", ApiId=api, StageName="prod")
    aws.delete_api_mapping(DomainName=domain, ApiMappingId=mapping)
    aws.delete_stage(ApiId=api, StageName="prod")
    aws.refused("NotFoundException", not_found("Stage"), "delete_stage", ApiId=api, StageName="prod")


@case("DeleteAccessLogSettings", "removes them, and refuses an unknown stage")
def _(aws):
    api = aws.deployable()
    log = {"DestinationArn": f"arn:aws:logs:{REGION}:111122223333:log-group:x", "Format": "x"}
    aws.stage(api, AccessLogSettings=log)
    aws.delete_access_log_settings(ApiId=api, StageName="prod")
    lacks(aws.get_stage(ApiId=api, StageName="prod"), "AccessLogSettings")
    aws.refused("NotFoundException", None, "delete_access_log_settings", ApiId=api, StageName=NOTHING)


@case("DeleteRouteSettings", "removes those of one route, and refuses when there are none")
def _(aws):
    api = aws.deployable()
    aws.stage(api, RouteSettings={"$default": {"LoggingLevel": "INFO"}})
    aws.delete_route_settings(ApiId=api, StageName="prod", RouteKey="$default")
    has(aws.get_stage(ApiId=api, StageName="prod"), {"RouteSettings": {}})
    aws.refused(
        "NotFoundException", None, "delete_route_settings", ApiId=api, StageName="prod", RouteKey="$default"
    )


@case("ResetAuthorizersCache", "is answered for a stage that is there, and refused for another")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    aws.reset_authorizers_cache(ApiId=api, StageName="prod")
    aws.refused("NotFoundException", not_found("Stage"), "reset_authorizers_cache", ApiId=api, StageName=NOTHING)


@case("CreateDomainName", "answers the domain name with its endpoint")
def _(aws):
    name = f"{aws.fresh('d')}.example.com"
    certificate = f"arn:aws:acm:{REGION}:111122223333:certificate/1"
    answer = aws.create_domain_name(
        DomainName=name,
        DomainNameConfigurations=[{"CertificateArn": certificate, "EndpointType": "REGIONAL"}],
        Tags={"a": "b"},
    )
    same(
        answer,
        {
            "ApiMappingSelectionExpression": "$request.basepath",
            "DomainName": name,
            "DomainNameArn": f"arn:aws:apigateway:{REGION}::/domainnames/{name}",
            "DomainNameConfigurations": [
                {
                    "ApiGatewayDomainName": TEXT,
                    "CertificateArn": certificate,
                    "CertificateUploadDate": TIME,
                    "DomainNameStatus": "AVAILABLE",
                    "EndpointType": "REGIONAL",
                    "HostedZoneId": TEXT,
                    "IpAddressType": "ipv4",
                    "SecurityPolicy": "TLS_1_2",
                }
            ],
            "RoutingMode": "API_MAPPING_ONLY",
            "Tags": {"a": "b"},
        },
    )
    same(aws.get_domain_name(DomainName=name), answer)


@case("CreateDomainName", "refuses a name that is taken or no name, and what is not there")
def _(aws):
    domain = aws.domain()
    aws.refused(
        "BadRequestException",
        "The domain name you provided already exists.",
        "create_domain_name",
        DomainName=domain,
    )
    aws.refused("BadRequestException", None, "create_domain_name", DomainName="a b")
    aws.refused("BadRequestException", None, "create_domain_name", DomainName="x.y", RoutingMode="ROUTING_RULE_ONLY")


@case("GetDomainName", "refuses an unknown name")
def _(aws):
    aws.refused("NotFoundException", None, "get_domain_name", DomainName="nothing.example.com")


@case("GetDomainNames", "answers every domain name, and refuses a token of nobody")
def _(aws):
    made = {aws.domain() for _ in range(3)}
    assert made <= {item["DomainName"] for item in aws.all_of("get_domain_names")}
    aws.refused("BadRequestException", None, "get_domain_names", NextToken="bm8")


@case("UpdateDomainName", "changes the configuration, and refuses an unknown name")
def _(aws):
    domain = aws.domain()
    certificate = f"arn:aws:acm:{REGION}:111122223333:certificate/2"
    answer = aws.update_domain_name(
        DomainName=domain,
        DomainNameConfigurations=[{"CertificateArn": certificate, "IpAddressType": "dualstack"}],
    )
    has(
        answer["DomainNameConfigurations"][0],
        {"CertificateArn": certificate, "IpAddressType": "dualstack", "EndpointType": "REGIONAL"},
    )
    aws.refused("NotFoundException", None, "update_domain_name", DomainName="nothing.example.com")


@case("DeleteDomainName", "removes the domain name with its mappings, and refuses an unknown name")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    domain = aws.domain()
    aws.create_api_mapping(DomainName=domain, ApiId=api, Stage="prod")
    aws.delete_domain_name(DomainName=domain)
    aws.delete_stage(ApiId=api, StageName="prod")
    aws.refused("NotFoundException", None, "delete_domain_name", DomainName=domain)


@case("CreateApiMapping", "answers the mapping, and refuses a key that is taken and what is not there")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    domain = aws.domain()
    named = {"DomainName": domain, "ApiId": api, "Stage": "prod"}
    answer = aws.create_api_mapping(**named, ApiMappingKey="chat/v1")
    same(answer, {"ApiId": api, "ApiMappingId": ID6, "ApiMappingKey": "chat/v1", "Stage": "prod"})
    same(aws.get_api_mapping(DomainName=domain, ApiMappingId=answer["ApiMappingId"]), answer)
    has(aws.create_api_mapping(**named), {"ApiMappingKey": ""})

    def refused(type, message, **members):
        aws.refused(type, message, "create_api_mapping", **{**named, **members})

    refused("ConflictException", "ApiMapping key already exists for this domain name", ApiMappingKey="chat/v1")
    refused("BadRequestException", None, ApiMappingKey="/x")
    refused("NotFoundException", not_found("Stage"), ApiMappingKey="x", Stage=NOTHING)
    refused("NotFoundException", invalid_api(NOTHING), ApiMappingKey="x", ApiId=NOTHING)
    refused("NotFoundException", None, DomainName="nothing.example.com")


@case("GetApiMapping", "refuses an unknown id")
def _(aws):
    aws.refused("NotFoundException", None, "get_api_mapping", DomainName=aws.domain(), ApiMappingId=NOTHING)


@case("GetApiMappings", "answers every mapping, and refuses an unknown domain name")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    domain = aws.domain()
    for key in ("", "a", "b"):
        aws.create_api_mapping(DomainName=domain, ApiId=api, Stage="prod", ApiMappingKey=key)
    same([item["ApiMappingKey"] for item in aws.all_of("get_api_mappings", DomainName=domain)], ["", "a", "b"])
    aws.refused("NotFoundException", None, "get_api_mappings", DomainName="nothing.example.com")


@case("UpdateApiMapping", "changes what is given, and refuses a key that is taken")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    aws.create_stage(ApiId=api, StageName="dev")
    domain = aws.domain()
    made = aws.create_api_mapping(DomainName=domain, ApiId=api, Stage="prod")["ApiMappingId"]
    aws.create_api_mapping(DomainName=domain, ApiId=api, Stage="prod", ApiMappingKey="a")
    named = {"DomainName": domain, "ApiId": api, "ApiMappingId": made}
    has(aws.update_api_mapping(**named, Stage="dev", ApiMappingKey="b"), {"Stage": "dev", "ApiMappingKey": "b"})
    aws.refused("ConflictException", None, "update_api_mapping", **named, ApiMappingKey="a")


@case("DeleteApiMapping", "removes the mapping, and refuses an unknown id")
def _(aws):
    api = aws.deployable()
    aws.stage(api)
    domain = aws.domain()
    made = aws.create_api_mapping(DomainName=domain, ApiId=api, Stage="prod")["ApiMappingId"]
    aws.delete_api_mapping(DomainName=domain, ApiMappingId=made)
    aws.refused("NotFoundException", None, "delete_api_mapping", DomainName=domain, ApiMappingId=made)


@case("CreateVpcLink", "answers the link, and refuses one without subnets")
def _(aws):
    given = {"Name": "l", "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "Tags": {"a": "b"}}
    answer = aws.create_vpc_link(**given)
    same(
        answer,
        {
            "CreatedDate": TIME,
            "VpcLinkId": ID6,
            "VpcLinkStatus": "AVAILABLE",
            "VpcLinkStatusMessage": TEXT,
            "VpcLinkVersion": "V2",
            **given,
        },
    )
    same(aws.get_vpc_link(VpcLinkId=answer["VpcLinkId"]), answer)
    aws.refused("BadRequestException", None, "create_vpc_link", Name="l", SubnetIds=[])


@case("GetVpcLink", "refuses an unknown id")
def _(aws):
    aws.refused("NotFoundException", None, "get_vpc_link", VpcLinkId=NOTHING)


@case("GetVpcLinks", "answers every link, and refuses a token of nobody")
def _(aws):
    made = {aws.create_vpc_link(Name="l", SubnetIds=["subnet-1"])["VpcLinkId"] for _ in range(3)}
    assert made <= {item["VpcLinkId"] for item in aws.all_of("get_vpc_links")}
    aws.refused("BadRequestException", None, "get_vpc_links", NextToken="bm8")


@case("UpdateVpcLink", "changes the name, and refuses an unknown id")
def _(aws):
    made = aws.create_vpc_link(Name="l", SubnetIds=["subnet-1"])["VpcLinkId"]
    has(aws.update_vpc_link(VpcLinkId=made, Name="m"), {"Name": "m"})
    aws.refused("NotFoundException", None, "update_vpc_link", VpcLinkId=NOTHING, Name="m")


@case("DeleteVpcLink", "removes the link, and refuses one that is used or unknown")
def _(aws):
    made = aws.create_vpc_link(Name="l", SubnetIds=["subnet-1"])["VpcLinkId"]
    api = aws.websocket()
    integration = aws.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri="http://example.com",
        ConnectionType="VPC_LINK",
        ConnectionId=made,
    )["IntegrationId"]
    aws.refused("BadRequestException", None, "delete_vpc_link", VpcLinkId=made)
    aws.delete_integration(ApiId=api, IntegrationId=integration)
    aws.delete_vpc_link(VpcLinkId=made)
    aws.refused("NotFoundException", None, "delete_vpc_link", VpcLinkId=made)
