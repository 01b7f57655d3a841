"""What cases of apigatewayv2 are written with: its client, and WebSocket APIs."""

import functools

import harness
from harness import Aws, Matching

case = functools.partial(harness.case, service="apigatewayv2")
ID7 = Matching("[a-z0-9]{7}")
NOTHING = "nothing"
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:111122223333:function:chat/invocations"
)


def not_found(what):
    return f"Invalid {what} identifier specified"


def foreign(member):
    return f"{member} cannot be set for WEBSOCKET protocol Apis."


def quota(what):
    return (
        f"Maximum number of {what} for this API has been reached. "
        f"Please contact AWS if you need additional {what}."
    )


class V2(Aws):
    service = "apigatewayv2"

    def websocket(self, **members):
        """A new API. @return its id"""
        return self.create_api(
            **{
                "Name": self.fresh("api"),
                "ProtocolType": "WEBSOCKET",
                "RouteSelectionExpression": "$request.body.action",
                **members,
            }
        )["ApiId"]

    def mock(self, api):
        """A new integration. @return its id"""
        return self.create_integration(ApiId=api, IntegrationType="MOCK")["IntegrationId"]

    def route(self, api, key="$default", **members):
        """A new route. @return its id"""
        return self.create_route(ApiId=api, RouteKey=key, **members)["RouteId"]

    def deployable(self):
        """An API that can be deployed. @return its id"""
        api = self.websocket()
        self.route(api, Target=f"integrations/{self.mock(api)}")
        return api

    def stage(self, api, name="prod", **members):
        deployment = self.create_deployment(ApiId=api)["DeploymentId"]
        return self.create_stage(ApiId=api, StageName=name, DeploymentId=deployment, **members)

    def domain(self):
        name = f"{self.fresh('ws')}.example.com"
        self.create_domain_name(DomainName=name)
        return name

    def all_of(self, operation, **members):
        """Items of a list that is asked for in pages of two; each is there once."""
        found, token = [], {}
        while True:
            answer = getattr(self, operation)(MaxResults="2", **members, **token)
            assert len(answer["Items"]) <= 2
            found += answer["Items"]
            if "NextToken" not in answer:
                return found
            token = {"NextToken": answer["NextToken"]}
