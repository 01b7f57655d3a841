# wafv2 through boto3 against a gateway that runs: argv is the management endpoint and the gateway's. Tells what happened
# as one JSON object.

import json
import sys
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

management, gateway, api_id = sys.argv[1:4]
config = Config(region_name="us-east-1", retries={"max_attempts": 1}, parameter_validation=False)
waf = boto3.client("wafv2", endpoint_url=management, config=config)
told = {}


if sys.argv[4:] == ["remove"]:
    (acl,) = waf.list_web_acls(Scope="REGIONAL")["WebACLs"]
    stage = f"arn:aws:apigateway:us-east-1::/restapis/{api_id}/stages/prod"
    waf.disassociate_web_acl(ResourceArn=stage)
    told["ofStage"] = waf.get_web_acl_for_resource(ResourceArn=stage).get("WebACL")
    for kind in ["web_acl", "rule_group", "ip_set", "regex_pattern_set"]:
        listed = getattr(waf, f"list_{kind}s")
        (one,) = next(value for value in listed(Scope="REGIONAL").values() if isinstance(value, list))
        getattr(waf, f"delete_{kind}")(
            Name=one["Name"], Scope="REGIONAL", Id=one["Id"], LockToken=one["LockToken"]
        )
        told[kind] = next(value for value in listed(Scope="REGIONAL").values() if isinstance(value, list))
    print(json.dumps(told))
    sys.exit()


def visibility(name):
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}


def call(path):
    request = urllib.request.Request(f"{gateway}/_aws/execute-api/{api_id}/prod{path}")
    try:
        with urllib.request.urlopen(request) as answer:
            return [answer.status, answer.read().decode()]
    except urllib.error.HTTPError as answer:
        return [answer.code, answer.read().decode()]


def refused(name, act):
    try:
        act()
        told[name] = "not refused"
    except Exception as error:  # noqa: BLE001: whatever it is, it is told
        response = getattr(error, "response", None)
        told[name] = response["Error"] if response else repr(error)
        if response and "Field" in response:
            told[name] = [response["Error"]["Code"], response["Field"], response["Reason"]]


told["before"] = call("/a")
ip_set = waf.create_ip_set(
    Name="bad", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["203.0.113.0/24"], Tags=[{"Key": "a", "Value": "b"}]
)["Summary"]
patterns = waf.create_regex_pattern_set(
    Name="scanners", Scope="REGIONAL", RegularExpressionList=[{"RegexString": "(?i)sqlmap|nikto"}]
)["Summary"]
group = waf.create_rule_group(
    Name="paths",
    Scope="REGIONAL",
    Capacity=50,
    VisibilityConfig=visibility("paths"),
    Rules=[
        {
            "Name": "no-admin",
            "Priority": 0,
            "Action": {"Block": {}},
            "VisibilityConfig": visibility("no-admin"),
            "Statement": {
                "ByteMatchStatement": {
                    "SearchString": b"/admin",
                    "FieldToMatch": {"UriPath": {}},
                    "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}],
                    "PositionalConstraint": "CONTAINS",
                }
            },
        }
    ],
)["Summary"]
rules = [
    {
        "Name": "bad-addresses",
        "Priority": 0,
        "Action": {"Block": {}},
        "VisibilityConfig": visibility("bad-addresses"),
        "Statement": {"IPSetReferenceStatement": {"ARN": ip_set["ARN"]}},
    },
    {
        "Name": "paths",
        "Priority": 1,
        "OverrideAction": {"None": {}},
        "VisibilityConfig": visibility("paths"),
        "Statement": {"RuleGroupReferenceStatement": {"ARN": group["ARN"]}},
    },
    {
        "Name": "scanners",
        "Priority": 2,
        "Action": {"Block": {"CustomResponse": {"ResponseCode": 418, "CustomResponseBodyKey": "teapot"}}},
        "VisibilityConfig": visibility("scanners"),
        "Statement": {
            "RegexPatternSetReferenceStatement": {
                "ARN": patterns["ARN"],
                "FieldToMatch": {"QueryString": {}},
                "TextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}],
            }
        },
    },
]
acl = waf.create_web_acl(
    Name="edge",
    Scope="REGIONAL",
    DefaultAction={"Allow": {}},
    VisibilityConfig=visibility("edge"),
    Rules=rules,
    CustomResponseBodies={"teapot": {"ContentType": "TEXT_PLAIN", "Content": "short and stout"}},
)["Summary"]
stage = f"arn:aws:apigateway:us-east-1::/restapis/{api_id}/stages/prod"
told["unassociated"] = call("/admin")[0]
waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=stage)
told["allowed"] = call("/a")
told["blocked"] = call("/a/ADMIN")
told["custom"] = call("/a?q=SQLMap")
shown = waf.get_web_acl(Name="edge", Scope="REGIONAL", Id=acl["Id"])
told["shown"] = [
    shown["LockToken"] == acl["LockToken"],
    shown["WebACL"]["Capacity"],
    shown["WebACL"]["Rules"] == rules,
    shown["WebACL"]["LabelNamespace"],
]
told["ofStage"] = waf.get_web_acl_for_resource(ResourceArn=stage)["WebACL"]["Name"]
told["resources"] = waf.list_resources_for_web_acl(WebACLArn=acl["ARN"], ResourceType="API_GATEWAY")["ResourceArns"]
told["lists"] = [
    [one["Name"] for one in waf.list_web_acls(Scope="REGIONAL")["WebACLs"]],
    [one["Name"] for one in waf.list_ip_sets(Scope="REGIONAL")["IPSets"]],
    [one["Name"] for one in waf.list_regex_pattern_sets(Scope="REGIONAL")["RegexPatternSets"]],
    [one["Name"] for one in waf.list_rule_groups(Scope="REGIONAL")["RuleGroups"]],
]
told["capacity"] = waf.check_capacity(Scope="REGIONAL", Rules=rules)["Capacity"]

# An IP set that is changed is served at once.
current = waf.get_ip_set(Name="bad", Scope="REGIONAL", Id=ip_set["Id"])
changed = waf.update_ip_set(
    Name="bad", Scope="REGIONAL", Id=ip_set["Id"], Addresses=["127.0.0.0/8"], LockToken=current["LockToken"]
)
told["addressBlocked"] = call("/a")
waf.update_ip_set(
    Name="bad", Scope="REGIONAL", Id=ip_set["Id"], Addresses=["203.0.113.0/24"], LockToken=changed["NextLockToken"]
)
told["addressAllowed"] = call("/a")[0]

now = time.time()
sampled = waf.get_sampled_requests(
    WebAclArn=acl["ARN"],
    RuleMetricName="no-admin",
    Scope="REGIONAL",
    TimeWindow={"StartTime": now - 600, "EndTime": now + 5},
    MaxItems=10,
)["SampledRequests"]
told["sampled"] = [[one["Action"], one["Request"]["URI"], one["RuleNameWithinRuleGroup"]] for one in sampled]

waf.tag_resource(ResourceARN=ip_set["ARN"], Tags=[{"Key": "c", "Value": "d"}])
waf.untag_resource(ResourceARN=ip_set["ARN"], TagKeys=["a"])
told["tags"] = waf.list_tags_for_resource(ResourceARN=ip_set["ARN"])["TagInfoForResource"]["TagList"]

stale = {"Name": "bad", "Scope": "REGIONAL", "Id": ip_set["Id"], "LockToken": current["LockToken"]}
fresh = {**stale, "LockToken": waf.get_ip_set(Name="bad", Scope="REGIONAL", Id=ip_set["Id"])["LockToken"]}
refused("stale", lambda: waf.update_ip_set(Addresses=[], **stale))
refused("inUse", lambda: waf.delete_ip_set(**fresh))
refused(
    "aclInUse", lambda: waf.delete_web_acl(Name="edge", Scope="REGIONAL", Id=acl["Id"], LockToken=acl["LockToken"])
)
refused(
    "duplicate",
    lambda: waf.create_ip_set(Name="bad", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=[]),
)
refused(
    "missing", lambda: waf.get_ip_set(Name="bad", Scope="REGIONAL", Id="00000000-0000-4000-8000-000000000000")
)
refused(
    "badAddress",
    lambda: waf.create_ip_set(Name="worse", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["300.0.0.0/8"]),
)
refused(
    "badRegex",
    lambda: waf.create_regex_pattern_set(
        Name="worse", Scope="REGIONAL", RegularExpressionList=[{"RegexString": "(a)\\1"}]
    ),
)


def with_rule(**rule):
    base = {"Name": "one", "Priority": 0, "VisibilityConfig": visibility("one"), "Action": {"Block": {}}}
    return lambda: waf.create_web_acl(
        Name="other",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=visibility("other"),
        Rules=[{**base, **rule}],
    )


geo = {"GeoMatchStatement": {"CountryCodes": ["US"]}}
label = {"LabelMatchStatement": {"Scope": "LABEL", "Key": "a"}}
refused("captcha", with_rule(Statement=label, Action={"Captcha": {}}))
refused(
    "managed",
    with_rule(
        Statement={"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}},
        OverrideAction={"None": {}},
    ),
)
refused("geoWithoutTable", with_rule(Statement=geo))
refused("noStatement", with_rule(Statement={}))
refused("websocketApi", lambda: waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn="arn:aws:apigateway:us-east-1::/apis/a/stages/b"))
refused("noName", lambda: waf.create_ip_set(Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=[]))
refused("cloudfront", lambda: waf.list_web_acls(Scope="CLOUDFRONT"))
told["arn"] = acl["ARN"].rsplit("/", 1)[0]
told["id"] = acl["Id"]
print(json.dumps(told))
