"""ApiKeys, UsagePlans, their keys, and Usage."""

import datetime

from harness import ID, ID6, ID10, TIME, Matching, case, has, lacks, patch, replace, same

NO_KEY = "Invalid API Key identifier specified"
NO_PLAN = "Invalid Usage Plan ID specified"
VALUE = Matching("[A-Za-z0-9]{40}")


def key(aws, **members):
    return aws.create_api_key(**{"name": aws.fresh("key"), **members})


@case("CreateApiKey", "answers the key with its value and its defaults")
def _(aws):
    same(
        aws.create_api_key(name="k"),
        {
            "id": ID10,
            "value": VALUE,
            "name": "k",
            "enabled": False,
            "createdDate": TIME,
            "lastUpdatedDate": TIME,
            "stageKeys": [],
        },
    )
    lacks(aws.create_api_key(name=""), "name")


@case("CreateApiKey", "keeps what it is given")
def _(aws):
    given = {
        "value": aws.fresh("a-value-of-twenty-and-more-"),
        "customerId": "c",
        "description": "d",
        "enabled": True,
        "tags": {"a": "b"},
    }
    has(key(aws, **given), given)


@case("CreateApiKey", "refuses what the service refuses")
def _(aws):
    def refused(code, message, /, **members):
        aws.refused(code, message, "create_api_key", **members)

    value = key(aws)["value"]
    refused("BadRequestException", "API Key value should be at least 20 characters", value="x" * 19)
    refused("BadRequestException", "API Key value exceeds maximum size of 128 characters", value="x" * 129)
    refused("BadRequestException", "Invalid API Key name, can be at most 1024 characters.", name="x" * 1025)
    refused("BadRequestException", "Invalid API Key description specified.", description="x" * 126_000)
    refused("ConflictException", "API Key already exists", value=value)


@case("GetApiKey", "answers the key; its value only when it is asked for; refuses an unknown one")
def _(aws):
    created = key(aws)
    lacks(aws.get_api_key(apiKey=created["id"]), "value")
    same(aws.get_api_key(apiKey=created["id"], includeValue=True)["value"], created["value"])
    aws.refused("NotFoundException", NO_KEY, "get_api_key", apiKey="nothinghere")


@case("GetApiKeys", "answers the newest first, by prefix of the name and by customer")
def _(aws):
    prefix = aws.fresh("Prefix-")
    ids = [key(aws, name=f"{prefix}-{n}", customerId=prefix)["id"] for n in range(3)]
    listed = aws.get_api_keys(nameQuery=prefix)
    same([item["id"] for item in listed["items"]], ids[::-1])
    lacks(listed["items"][0], "value")
    same(aws.get_api_keys(nameQuery=prefix.lower())["items"], [])
    same(len(aws.get_api_keys(customerId=prefix)["items"]), 3)
    same(aws.get_api_keys(nameQuery=prefix, includeValues=True)["items"][0]["value"], VALUE)
    first = aws.get_api_keys(nameQuery=prefix, limit=2)
    same([item["id"] for item in first["items"]], ids[:0:-1])
    second = aws.get_api_keys(nameQuery=prefix, limit=2, position=first["position"])
    same([item["id"] for item in second["items"]], ids[:1])
    lacks(second, "position")


@case("GetApiKeys", "takes a negative limit, and refuses one that is no number")
def _(aws):
    key(aws)
    aws.get_api_keys(limit=-1)
    aws.refused("SerializationException", None, "get_api_keys", limit="x")


@case("UpdateApiKey", "changes every member that can be changed")
def _(aws):
    named = {"apiKey": key(aws)["id"]}
    operations = [patch("replace", f"/{name}", "x") for name in ["name", "description", "customerId"]]
    has(
        aws.update_api_key(**named, patchOperations=operations),
        {"name": "x", "description": "x", "customerId": "x", "tags": {}},
    )
    has(aws.update_api_key(**named, patchOperations=replace("/enabled", "true")), {"enabled": True})
    has(aws.update_api_key(**named, patchOperations=replace("/enabled", "whatever")), {"enabled": False})


@case("UpdateApiKey", "refuses what the service refuses")
def _(aws):
    named = {"apiKey": key(aws)["id"]}
    aws.refused(
        "BadRequestException",
        "Invalid patch path  '/value' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]",
        "update_api_key",
        **named,
        patchOperations=replace("/value", "x"),
    )
    aws.refused(
        "BadRequestException", None, "update_api_key", **named, patchOperations=[patch("add", "/name", "x")]
    )
    aws.refused(
        "NotFoundException",
        NO_KEY,
        "update_api_key",
        apiKey="nothinghere",
        patchOperations=replace("/name", "x"),
    )


@case("DeleteApiKey", "removes the key, and refuses an unknown one")
def _(aws):
    named = {"apiKey": key(aws)["id"]}
    aws.delete_api_key(**named)
    aws.refused("NotFoundException", NO_KEY, "delete_api_key", **named)


@case("ImportApiKeys", "makes keys from lines, and warns of what it left out")
def _(aws):
    value = aws.fresh("imported-value-long-enough-")
    body = f"name,key,description,enabled\nimported,{value},d,TRUE\n"
    answer = aws.import_api_keys(body=body, format="csv")
    same(answer, {"ids": [ID], "warnings": []})
    has(
        aws.get_api_key(apiKey=answer["ids"][0], includeValue=True),
        {"name": "imported", "value": value, "description": "d", "enabled": True},
    )
    warned = aws.import_api_keys(body="name,key\nshort,x\n", format="csv")
    same((warned["ids"], len(warned["warnings"])), ([], 1))


@case("ImportApiKeys", "refuses a format, a header and warnings")
def _(aws):
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value 'xml' at 'format' failed to satisfy constraint: Member must satisfy enum value set: [csv]",
        "import_api_keys",
        body="x",
        format="xml",
    )
    aws.refused("BadRequestException", None, "import_api_keys", body="nonsense\nx\n", format="csv")
    aws.refused(
        "BadRequestException",
        None,
        "import_api_keys",
        body="name,key\nshort,x\n",
        format="csv",
        failOnWarnings=True,
    )


def plan(aws, **members):
    return aws.create_usage_plan(**{"name": aws.fresh("plan"), **members})


@case("CreateUsagePlan", "answers the plan with its defaults")
def _(aws):
    same(aws.create_usage_plan(name="p"), {"id": ID6, "name": "p", "apiStages": []})


@case("CreateUsagePlan", "keeps what it is given")
def _(aws):
    api, _deployment, stage = aws.stage()
    given = {
        "description": "d",
        "apiStages": [
            {"apiId": api, "stage": stage, "throttle": {"/pets/GET": {"burstLimit": 1, "rateLimit": 2.5}}}
        ],
        "throttle": {"burstLimit": 10, "rateLimit": 5.0},
        "quota": {"limit": 100, "offset": 1, "period": "WEEK"},
        "tags": {"a": "b"},
    }
    has(plan(aws, **given), {name: value for name, value in given.items() if name != "tags"})


@case("CreateUsagePlan", "refuses what the service refuses")
def _(aws):
    aws.refused(
        "ValidationException", None, "create_usage_plan", name="p", quota={"limit": 1, "period": "YEAR"}
    )
    aws.refused(
        "NotFoundException",
        None,
        "create_usage_plan",
        name="p",
        apiStages=[{"apiId": "nothinghere", "stage": "x"}],
    )
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value null at 'createUsagePlanInput.name' failed to satisfy constraint: Member must not be null",
        "create_usage_plan",
    )


@case("GetUsagePlan", "answers the plan with its tags, and refuses an unknown one")
def _(aws):
    created = plan(aws)
    same(aws.get_usage_plan(usagePlanId=created["id"]), {**created, "tags": {}})
    aws.refused("NotFoundException", NO_PLAN, "get_usage_plan", usagePlanId="nothin")


@case("GetUsagePlans", "answers all, or those of a key")
def _(aws):
    first, second, of = plan(aws), plan(aws), key(aws)
    aws.create_usage_plan_key(usagePlanId=first["id"], keyId=of["id"], keyType="API_KEY")
    listed = [item["id"] for item in aws.get_usage_plans(limit=500)["items"]]
    assert first["id"] in listed and second["id"] in listed, listed
    same([item["id"] for item in aws.get_usage_plans(keyId=of["id"])["items"]], [first["id"]])


@case("GetUsagePlans", "refuses a position that it did not give")
def _(aws):
    aws.refused("BadRequestException", None, "get_usage_plans", position="bm90aGluZw")


@case("UpdateUsagePlan", "changes every member that can be changed")
def _(aws):
    api, _deployment, stage = aws.stage()
    named = {"usagePlanId": plan(aws)["id"]}

    def updated(*operations):
        return aws.update_usage_plan(**named, patchOperations=list(operations))

    has(
        updated(patch("replace", "/name", "n"), patch("replace", "/description", "d")),
        {"name": "n", "description": "d", "tags": {}},
    )
    has(
        updated(patch("replace", "/throttle/rateLimit", "10"), patch("replace", "/throttle/burstLimit", "5")),
        {"throttle": {"rateLimit": 10.0, "burstLimit": 5}},
    )
    has(
        updated(patch("replace", "/quota/limit", "7"), patch("replace", "/quota/period", "DAY")),
        {"quota": {"limit": 7, "offset": 0, "period": "DAY"}},
    )
    of = f"{api}:{stage}"
    has(updated(patch("add", "/apiStages", of)), {"apiStages": [{"apiId": api, "stage": stage}]})
    has(updated(patch("remove", "/apiStages", of)), {"apiStages": []})
    lacks(updated(patch("remove", "/throttle"), patch("remove", "/quota")), "throttle", "quota")
    has(updated(patch("add", "/productCode", "p")), {"productCode": "p"})


@case("UpdateUsagePlan", "refuses what the service refuses")
def _(aws):
    created = plan(aws)["id"]
    api, _root = aws.api()

    def refused(code, message, *operations, of=created):
        aws.refused(code, message, "update_usage_plan", usagePlanId=of, patchOperations=list(operations))

    refused("BadRequestException", "Invalid API Stage specified", patch("add", "/apiStages", "nonsense"))
    refused("BadRequestException", "Invalid API Stage specified", patch("add", "/apiStages"))
    refused(
        "NotFoundException",
        f"Invalid API Stage {{api: {api}, stage: x}} specified for usageplan {created}",
        patch("add", "/apiStages", f"{api}:x"),
    )
    refused("BadRequestException", None, patch("replace", "/nothing", "x"))
    refused("BadRequestException", None, patch("replace", "/throttle/rateLimit", "x"))
    refused("NotFoundException", NO_PLAN, patch("replace", "/name", "x"), of="nothin")


@case("DeleteUsagePlan", "removes the plan, and refuses an unknown one")
def _(aws):
    named = {"usagePlanId": plan(aws)["id"]}
    aws.delete_usage_plan(**named)
    aws.refused("NotFoundException", NO_PLAN, "delete_usage_plan", **named)


def plan_key(aws):
    of = key(aws)
    named = {"usagePlanId": plan(aws)["id"], "keyId": of["id"]}
    return named, aws.create_usage_plan_key(**named, keyType="API_KEY"), of


@case("CreateUsagePlanKey", "answers the key with its value")
def _(aws):
    _named, answer, of = plan_key(aws)
    same(answer, {"id": of["id"], "name": of["name"], "type": "API_KEY", "value": of["value"]})


@case("CreateUsagePlanKey", "refuses what the service refuses")
def _(aws):
    named, _answer, _of = plan_key(aws)
    aws.refused(
        "NotFoundException",
        None,
        "create_usage_plan_key",
        usagePlanId="nothin",
        keyId=named["keyId"],
        keyType="API_KEY",
    )
    aws.refused(
        "NotFoundException",
        None,
        "create_usage_plan_key",
        usagePlanId=named["usagePlanId"],
        keyId="nothinghere",
        keyType="API_KEY",
    )
    aws.refused("ConflictException", None, "create_usage_plan_key", **named, keyType="API_KEY")
    aws.refused(
        "BadRequestException",
        None,
        "create_usage_plan_key",
        usagePlanId=plan(aws)["id"],
        keyId=named["keyId"],
        keyType="WRONG",
    )


@case("GetUsagePlanKey", "answers the key, and refuses one that is not in the plan")
def _(aws):
    named, created, _of = plan_key(aws)
    same(aws.get_usage_plan_key(**named), created)
    aws.refused(
        "NotFoundException",
        None,
        "get_usage_plan_key",
        usagePlanId=named["usagePlanId"],
        keyId=key(aws)["id"],
    )


@case("GetUsagePlanKeys", "answers the newest first, by prefix of the name; of an unknown plan, none")
def _(aws):
    named, first, _of = plan_key(aws)
    second = aws.create_usage_plan_key(
        usagePlanId=named["usagePlanId"], keyId=key(aws, name="Zed")["id"], keyType="API_KEY"
    )
    same(aws.get_usage_plan_keys(usagePlanId=named["usagePlanId"]), {"items": [second, first]})
    same(aws.get_usage_plan_keys(usagePlanId=named["usagePlanId"], nameQuery="Ze"), {"items": [second]})
    same(aws.get_usage_plan_keys(usagePlanId=named["usagePlanId"], nameQuery="ze"), {"items": []})
    same(aws.get_usage_plan_keys(usagePlanId="nothin"), {"items": []})


@case("GetUsagePlanKeys", "refuses a limit that is no number")
def _(aws):
    aws.refused("SerializationException", None, "get_usage_plan_keys", usagePlanId="nothin", limit="x")


@case("DeleteUsagePlanKey", "takes the key out of the plan, and refuses one that is not in it")
def _(aws):
    named, _created, of = plan_key(aws)
    aws.delete_usage_plan_key(**named)
    aws.refused("NotFoundException", None, "delete_usage_plan_key", **named)
    has(aws.get_api_key(apiKey=of["id"]), {"id": of["id"]})


@case("GetUsage", "answers the days of each key of the plan")
def _(aws):
    of = key(aws, enabled=True)
    named = {"usagePlanId": plan(aws, quota={"limit": 10, "period": "DAY"})["id"]}
    aws.create_usage_plan_key(**named, keyId=of["id"], keyType="API_KEY")
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    answer = aws.get_usage(**named, startDate=today, endDate=today)
    has(answer, {"usagePlanId": named["usagePlanId"], "startDate": today, "endDate": today})
    same(answer["items"], {of["id"]: [[0, 10]]})


@case("GetUsage", "refuses what the service refuses")
def _(aws):
    named = {"usagePlanId": plan(aws)["id"]}
    aws.refused(
        "NotFoundException",
        None,
        "get_usage",
        usagePlanId="nothin",
        startDate="2024-01-01",
        endDate="2024-01-02",
    )
    aws.refused(
        "BadRequestException", None, "get_usage", **named, startDate="yesterday", endDate="2024-01-02"
    )
    aws.refused(
        "ValidationException",
        "1 validation error detected: Value null at 'endDate' failed to satisfy constraint: Member must not be null",
        "get_usage",
        **named,
        startDate="2024-01-01",
    )


@case("UpdateUsage", "sets what is left of a key's quota")
def _(aws):
    of = key(aws, enabled=True)
    named = {"usagePlanId": plan(aws, quota={"limit": 10, "period": "DAY"})["id"], "keyId": of["id"]}
    aws.create_usage_plan_key(**named, keyType="API_KEY")
    answer = aws.update_usage(**named, patchOperations=replace("/remaining", "25"))
    has(answer, {"usagePlanId": named["usagePlanId"]})
    same(answer["items"][of["id"]][-1][1], 25)


@case("UpdateUsage", "refuses what the service refuses")
def _(aws):
    named, _created, _of = plan_key(aws)
    aws.refused(
        "BadRequestException", None, "update_usage", **named, patchOperations=replace("/nothing", "1")
    )
    aws.refused(
        "NotFoundException",
        None,
        "update_usage",
        usagePlanId="nothin",
        keyId=named["keyId"],
        patchOperations=replace("/remaining", "1"),
    )
