"""Resources."""

from harness import ID, case, patch, replace, same

NO_RESOURCE = "Invalid Resource identifier specified"


@case("CreateResource", "answers the resource with its path")
def _(aws):
    api, root = aws.api()
    pets = aws.create_resource(restApiId=api, parentId=root, pathPart="pets")
    same(pets, {"id": ID, "parentId": root, "pathPart": "pets", "path": "/pets"})
    pet = aws.create_resource(restApiId=api, parentId=pets["id"], pathPart="{petId}")
    same(pet, {"id": ID, "parentId": pets["id"], "pathPart": "{petId}", "path": "/pets/{petId}"})


@case("CreateResource", "refuses what the service refuses")
def _(aws):
    api, root = aws.api()

    def refused(code, message, parent=root, part="pets", of=api):
        aws.refused(code, message, "create_resource", restApiId=of, parentId=parent, pathPart=part)

    aws.create_resource(restApiId=api, parentId=root, pathPart="pets")
    proxy = aws.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")
    refused("NotFoundException", NO_RESOURCE, parent="nothin")
    refused("NotFoundException", NO_RESOURCE, of="nothinghere")
    refused("ConflictException", "Another resource with the same parent already has this name: pets")
    refused(
        "BadRequestException",
        "Cannot create a child of a resource with a greedy path variable: {proxy+}",
        parent=proxy["id"],
    )
    refused(
        "BadRequestException",
        "A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed",
        part="{x}",
    )
    refused("BadRequestException", None, part="a b")


@case("GetResource", "answers the resource, and its methods when they are asked for")
def _(aws):
    named = aws.method()
    api, root = named["restApiId"], named["resourceId"]
    same(
        aws.get_resource(restApiId=api, resourceId=root),
        {"id": root, "path": "/", "resourceMethods": {"GET": {}}},
    )
    embedded = aws.get_resource(restApiId=api, resourceId=root, embed=["methods"])
    same(
        embedded["resourceMethods"]["GET"],
        {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False},
    )


@case("GetResource", "refuses an unknown resource or API")
def _(aws):
    api, root = aws.api()
    aws.refused("NotFoundException", NO_RESOURCE, "get_resource", restApiId=api, resourceId="nothin")
    aws.refused("NotFoundException", NO_RESOURCE, "get_resource", restApiId="nothinghere", resourceId=root)


@case("GetResources", "answers resources sorted by their paths, in pages")
def _(aws):
    api, root = aws.api()
    parent = aws.create_resource(restApiId=api, parentId=root, pathPart="parent")["id"]
    aws.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")
    aws.create_resource(restApiId=api, parentId=parent, pathPart="{proxy+}")
    child = aws.create_resource(restApiId=api, parentId=parent, pathPart="child")["id"]
    aws.create_resource(restApiId=api, parentId=child, pathPart="{proxy+}")
    paths = ["/", "/parent", "/parent/child", "/parent/child/{proxy+}", "/parent/{proxy+}", "/{proxy+}"]
    same([item["path"] for item in aws.get_resources(restApiId=api)["items"]], paths)
    pages = aws.client.get_paginator("get_resources").paginate(restApiId=api, limit=4)
    same([[item["path"] for item in page["items"]] for page in pages], [paths[:4], paths[4:]])


@case("GetResources", "refuses an unknown API")
def _(aws):
    aws.refused("NotFoundException", None, "get_resources", restApiId="nothinghere")


@case("UpdateResource", "renames and moves a resource, and its children with it")
def _(aws):
    api, root = aws.api()
    a = aws.create_resource(restApiId=api, parentId=root, pathPart="a")["id"]
    b = aws.create_resource(restApiId=api, parentId=root, pathPart="b")["id"]
    c = aws.create_resource(restApiId=api, parentId=b, pathPart="c")["id"]
    moved = aws.update_resource(restApiId=api, resourceId=b, patchOperations=replace("/parentId", a))
    same(moved, {"id": b, "parentId": a, "pathPart": "b", "path": "/a/b"})
    same(aws.get_resource(restApiId=api, resourceId=c)["path"], "/a/b/c")
    aws.update_resource(restApiId=api, resourceId=a, patchOperations=replace("/pathPart", "z"))
    same(aws.get_resource(restApiId=api, resourceId=c)["path"], "/z/b/c")


@case("UpdateResource", "refuses what the service refuses")
def _(aws):
    api, root = aws.api()
    pets = aws.create_resource(restApiId=api, parentId=root, pathPart="pets")["id"]
    child = aws.create_resource(restApiId=api, parentId=pets, pathPart="child")["id"]
    other = aws.create_resource(restApiId=api, parentId=root, pathPart="other")["id"]

    def refused(code, message, resource, *operations, of=api):
        aws.refused(
            code,
            message,
            "update_resource",
            restApiId=of,
            resourceId=resource,
            patchOperations=list(operations),
        )

    bad = "BadRequestException"
    refused(
        bad,
        "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
        pets,
        patch("replace", "/invalid", "x"),
    )
    refused(
        bad,
        "Invalid patch path  '/pathPart' specified for op 'add'. Please choose supported operations",
        pets,
        patch("add", "/pathPart", "x"),
    )
    refused(bad, "Resources cannot be cyclical.", pets, patch("replace", "/parentId", child))
    refused(bad, "Root resource cannot update its pathPart.", root, patch("replace", "/pathPart", "x"))
    refused(bad, "Root resource cannot update its parentId.", root, patch("replace", "/parentId", pets))
    refused(
        "ConflictException",
        "Another resource with the same parent already has this name: pets",
        other,
        patch("replace", "/pathPart", "pets"),
    )
    refused("NotFoundException", NO_RESOURCE, "nothin", patch("replace", "/pathPart", "x"))
    refused("NotFoundException", NO_RESOURCE, pets, patch("replace", "/pathPart", "x"), of="nothinghere")


@case("DeleteResource", "removes the resource and its children")
def _(aws):
    api, root = aws.api()
    parent = aws.create_resource(restApiId=api, parentId=root, pathPart="a")["id"]
    child = aws.create_resource(restApiId=api, parentId=parent, pathPart="b")["id"]
    aws.delete_resource(restApiId=api, resourceId=parent)
    aws.refused("NotFoundException", NO_RESOURCE, "get_resource", restApiId=api, resourceId=child)


@case("DeleteResource", "refuses an unknown resource")
def _(aws):
    api, _root = aws.api()
    aws.refused("NotFoundException", NO_RESOURCE, "delete_resource", restApiId=api, resourceId="nothin")
