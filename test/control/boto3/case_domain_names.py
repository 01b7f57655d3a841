"""DomainNames, BasePathMappings, DomainNameAccessAssociations and VpcLinks."""

from harness import ACCOUNT, ID, REGION, TEXT, case, has, patch, replace, same, until

CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012"
NO_DOMAIN = "Invalid domain name identifier specified"
NO_MAPPING = "Invalid base path mapping identifier specified"
NO_LINK = "Invalid Vpc Link identifier specified"
TARGET = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/n/1234567890123456"


def domain(aws, **members):
    given = {
        "domainName": f"{aws.fresh('d')}.example.com",
        "regionalCertificateArn": CERTIFICATE,
        "endpointConfiguration": {"types": ["REGIONAL"]},
    }
    return aws.create_domain_name(**{**given, **members})


@case("CreateDomainName", "answers a regional name with where it is reached")
def _(aws):
    has(
        domain(aws, domainName="api.example.com", tags={"a": "b"}),
        {
            "domainName": "api.example.com",
            "regionalCertificateArn": CERTIFICATE,
            "regionalDomainName": TEXT,
            "regionalHostedZoneId": TEXT,
            "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
            "domainNameStatus": "AVAILABLE",
            "securityPolicy": "TLS_1_2",
            "routingMode": "BASE_PATH_MAPPING_ONLY",
            "tags": {"a": "b"},
        },
    )


@case("CreateDomainName", "refuses what the service refuses")
def _(aws):
    taken = domain(aws)["domainName"]
    aws.refused(
        "BadRequestException",
        "The domain name you provided already exists.",
        "create_domain_name",
        domainName=taken,
        regionalCertificateArn=CERTIFICATE,
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    aws.refused(
        "BadRequestException",
        None,
        "create_domain_name",
        domainName="not a name",
        regionalCertificateArn=CERTIFICATE,
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    aws.refused(
        "ValidationException", None, "create_domain_name", domainName="x.example.com", securityPolicy="WRONG"
    )


@case("GetDomainName", "answers the name, and refuses an unknown one")
def _(aws):
    created = domain(aws)
    has(
        aws.get_domain_name(domainName=created["domainName"]),
        {"domainName": created["domainName"], "regionalDomainName": created["regionalDomainName"]},
    )
    aws.refused("NotFoundException", NO_DOMAIN, "get_domain_name", domainName="nothing.example.com")


@case("GetDomainNames", "answers all, and refuses a position that it did not give")
def _(aws):
    created = domain(aws)["domainName"]
    assert created in [item["domainName"] for item in aws.get_domain_names(limit=500)["items"]]
    aws.refused("BadRequestException", None, "get_domain_names", position="bm90aGluZw")


@case("UpdateDomainName", "changes every member that can be changed")
def _(aws):
    named = {"domainName": domain(aws)["domainName"]}

    def updated(*operations):
        return aws.update_domain_name(**named, patchOperations=list(operations))

    other = CERTIFICATE.replace("1234-1234-1234", "4321-4321-4321")
    has(updated(patch("replace", "/regionalCertificateArn", other)), {"regionalCertificateArn": other})
    has(updated(patch("replace", "/securityPolicy", "TLS_1_0")), {"securityPolicy": "TLS_1_0"})
    has(
        updated(patch("replace", "/endpointConfiguration/ipAddressType", "dualstack")),
        {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "dualstack"}},
    )


@case("UpdateDomainName", "refuses what the service refuses")
def _(aws):
    named = {"domainName": domain(aws)["domainName"]}
    aws.refused(
        "BadRequestException", None, "update_domain_name", **named, patchOperations=replace("/nothing", "x")
    )
    aws.refused(
        "BadRequestException",
        None,
        "update_domain_name",
        **named,
        patchOperations=replace("/securityPolicy", "WRONG"),
    )
    aws.refused(
        "NotFoundException",
        NO_DOMAIN,
        "update_domain_name",
        domainName="nothing.example.com",
        patchOperations=replace("/securityPolicy", "TLS_1_0"),
    )


@case("DeleteDomainName", "removes the name, and refuses an unknown one")
def _(aws):
    named = {"domainName": domain(aws)["domainName"]}
    aws.delete_domain_name(**named)
    aws.refused("NotFoundException", NO_DOMAIN, "delete_domain_name", **named)


def mapping(aws, **members):
    api, _deployment, stage = aws.stage()
    name = domain(aws)["domainName"]
    answer = aws.create_base_path_mapping(domainName=name, restApiId=api, **{"stage": stage, **members})
    return {"domainName": name, "basePath": answer["basePath"]}, answer, api


@case("CreateBasePathMapping", "answers the mapping; an empty path is (none)")
def _(aws):
    _named, answer, api = mapping(aws, basePath="v1")
    same(answer, {"basePath": "v1", "restApiId": api, "stage": "prod"})
    same(mapping(aws)[1]["basePath"], "(none)")


@case("CreateBasePathMapping", "refuses what the service refuses")
def _(aws):
    named, _answer, api = mapping(aws, basePath="v1")

    def refused(code, message, /, **members):
        aws.refused(
            code,
            message,
            "create_base_path_mapping",
            **{**named, "restApiId": api, "stage": "prod", **members},
        )

    refused("ConflictException", "Base path already exists for this domain name")
    refused("NotFoundException", NO_DOMAIN, domainName="nothing.example.com")
    refused("BadRequestException", None, basePath="v2", restApiId="nothinghere")
    refused("BadRequestException", None, basePath="v2", stage="nothing")


@case("GetBasePathMapping", "answers the mapping, and refuses an unknown one")
def _(aws):
    named, created, _api = mapping(aws)
    same(aws.get_base_path_mapping(**named), created)
    aws.refused("NotFoundException", NO_MAPPING, "get_base_path_mapping", **{**named, "basePath": "x"})
    aws.refused(
        "NotFoundException", None, "get_base_path_mapping", domainName="nothing.example.com", basePath="x"
    )


@case("GetBasePathMappings", "answers all, and refuses an unknown name")
def _(aws):
    named, created, _api = mapping(aws)
    same(aws.get_base_path_mappings(domainName=named["domainName"]), {"items": [created]})
    aws.refused("NotFoundException", None, "get_base_path_mappings", domainName="nothing.example.com")


@case("UpdateBasePathMapping", "moves the mapping to another path, API and stage")
def _(aws):
    named, _created, _api = mapping(aws, basePath="v1")
    other, _deployment, _stage = aws.stage("test")
    operations = [
        patch("replace", "/basePath", "v2"),
        patch("replace", "/restapiId", other),
        patch("replace", "/stage", "test"),
    ]
    same(
        aws.update_base_path_mapping(**named, patchOperations=operations),
        {"basePath": "v2", "restApiId": other, "stage": "test"},
    )
    aws.refused("NotFoundException", NO_MAPPING, "get_base_path_mapping", **named)


@case("UpdateBasePathMapping", "refuses what the service refuses")
def _(aws):
    named, _created, _api = mapping(aws, basePath="v1")
    aws.refused(
        "BadRequestException",
        None,
        "update_base_path_mapping",
        **named,
        patchOperations=replace("/nothing", "x"),
    )
    aws.refused(
        "NotFoundException",
        NO_MAPPING,
        "update_base_path_mapping",
        **{**named, "basePath": "x"},
        patchOperations=replace("/stage", "prod"),
    )


@case("DeleteBasePathMapping", "removes the mapping, and refuses an unknown one")
def _(aws):
    named, _created, _api = mapping(aws)
    aws.delete_base_path_mapping(**named)
    aws.refused("NotFoundException", NO_MAPPING, "delete_base_path_mapping", **named)


def association(aws):
    private = aws.create_domain_name(
        domainName=f"{aws.fresh('p')}.example.com",
        certificateArn=CERTIFICATE,
        endpointConfiguration={"types": ["PRIVATE"]},
    )
    given = {
        "domainNameArn": private["domainNameArn"],
        "accessAssociationSourceType": "VPCE",
        "accessAssociationSource": "vpce-12345678",
    }
    return given, aws.create_domain_name_access_association(**given, tags={"a": "b"})


@case("CreateDomainNameAccessAssociation", "answers the association with its ARN")
def _(aws):
    given, answer = association(aws)
    same(answer, {**given, "domainNameAccessAssociationArn": TEXT, "tags": {"a": "b"}})


@case("CreateDomainNameAccessAssociation", "refuses an unknown name and another source")
def _(aws):
    given, _answer = association(aws)
    unknown = f"arn:aws:apigateway:{REGION}:{ACCOUNT}:/domainnames/nothing.example.com+abcdefghij"
    aws.refused(
        "NotFoundException",
        None,
        "create_domain_name_access_association",
        **{**given, "domainNameArn": unknown},
    )
    aws.refused(
        "ValidationException",
        None,
        "create_domain_name_access_association",
        **{**given, "accessAssociationSourceType": "WRONG"},
    )


@case("GetDomainNameAccessAssociations", "answers all, and refuses another owner")
def _(aws):
    _given, created = association(aws)
    listed = aws.get_domain_name_access_associations(limit=500, resourceOwner="SELF")["items"]
    assert created in listed, listed
    aws.refused("ValidationException", None, "get_domain_name_access_associations", resourceOwner="WRONG")


@case("DeleteDomainNameAccessAssociation", "removes the association, and refuses an unknown one")
def _(aws):
    _given, created = association(aws)
    named = {"domainNameAccessAssociationArn": created["domainNameAccessAssociationArn"]}
    aws.delete_domain_name_access_association(**named)
    aws.refused("NotFoundException", None, "delete_domain_name_access_association", **named)


@case("RejectDomainNameAccessAssociation", "ends the association, and refuses an unknown one")
def _(aws):
    given, created = association(aws)
    named = {
        "domainNameAccessAssociationArn": created["domainNameAccessAssociationArn"],
        "domainNameArn": given["domainNameArn"],
    }
    aws.reject_domain_name_access_association(**named)
    aws.refused("NotFoundException", None, "reject_domain_name_access_association", **named)


def link(aws, **members):
    return aws.create_vpc_link(**{"name": "v", "targetArns": [TARGET], **members})


@case("CreateVpcLink", "answers a link that is being made")
def _(aws):
    same(
        link(aws, description="d", tags={"a": "b"}),
        {
            "id": ID,
            "name": "v",
            "description": "d",
            "targetArns": [TARGET],
            "status": "PENDING",
            "tags": {"a": "b"},
        },
    )


@case("CreateVpcLink", "refuses what the service refuses")
def _(aws):
    aws.refused(
        "BadRequestException", "Name cannot be empty", "create_vpc_link", name="", targetArns=[TARGET]
    )
    aws.refused(
        "BadRequestException",
        "Invalid ARN. ARN is not well formed invalid-arn",
        "create_vpc_link",
        name="v",
        targetArns=["invalid-arn"],
    )
    aws.refused("ValidationException", None, "create_vpc_link", name="v")


@case("GetVpcLink", "answers a link that is ready, and refuses an unknown one")
def _(aws):
    created = link(aws)
    until(lambda: aws.get_vpc_link(vpcLinkId=created["id"])["status"] == "AVAILABLE")
    has(
        aws.get_vpc_link(vpcLinkId=created["id"]),
        {"name": "v", "statusMessage": "Your vpc link is ready for use"},
    )
    aws.refused("NotFoundException", NO_LINK, "get_vpc_link", vpcLinkId="nothin")


@case("GetVpcLinks", "answers all, and refuses a position that it did not give")
def _(aws):
    created = link(aws)["id"]
    assert created in [item["id"] for item in aws.get_vpc_links(limit=500)["items"]]
    aws.refused("BadRequestException", None, "get_vpc_links", position="bm90aGluZw")


@case("UpdateVpcLink", "changes name and description")
def _(aws):
    named = {"vpcLinkId": link(aws)["id"]}
    operations = [patch("replace", "/name", "w"), patch("replace", "/description", "e")]
    has(aws.update_vpc_link(**named, patchOperations=operations), {"name": "w", "description": "e"})


@case("UpdateVpcLink", "refuses what the service refuses")
def _(aws):
    named = {"vpcLinkId": link(aws)["id"]}
    aws.refused(
        "BadRequestException", None, "update_vpc_link", **named, patchOperations=replace("/targetArns", "x")
    )
    aws.refused(
        "BadRequestException",
        "Name cannot be empty",
        "update_vpc_link",
        **named,
        patchOperations=replace("/name", ""),
    )
    aws.refused(
        "NotFoundException",
        NO_LINK,
        "update_vpc_link",
        vpcLinkId="nothin",
        patchOperations=replace("/name", "x"),
    )


@case("DeleteVpcLink", "removes the link, and refuses an unknown one")
def _(aws):
    named = {"vpcLinkId": link(aws)["id"]}
    aws.delete_vpc_link(**named)
    aws.refused("NotFoundException", NO_LINK, "delete_vpc_link", **named)
