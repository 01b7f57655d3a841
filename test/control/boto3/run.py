"""Runs every case against an endpoint; one line of JSON for each on the standard output.

python run.py SERVICE ENDPOINT [OPERATION ...]
"""

import json
import sys
import traceback

import case_account
import case_authorizers
import case_deployments
import case_documentation
import case_domain_names
import case_documents
import case_lambda_aliases
import case_lambda_functions
import case_lambda_invoke
import case_lambda_permissions
import case_methods
import case_models
import case_resources
import case_rest_apis
import case_usage
import case_v2_apis
import case_v2_routes
import case_v2_stages
from harness import CASES, Aws
from lambda_harness import Lambda
from v2_harness import V2

_ = (
    case_account,
    case_authorizers,
    case_deployments,
    case_documentation,
    case_documents,
    case_domain_names,
    case_lambda_aliases,
    case_lambda_functions,
    case_lambda_invoke,
    case_lambda_permissions,
    case_methods,
    case_models,
    case_resources,
    case_rest_apis,
    case_usage,
    case_v2_apis,
    case_v2_routes,
    case_v2_stages,
)


def failure_of(function, aws):
    """None when the case holds, else why it does not."""
    try:
        function(aws)
    except AssertionError as error:
        line = traceback.extract_tb(error.__traceback__)[1].line
        return f"{line}: {error}"
    except Exception as error:
        line = traceback.extract_tb(error.__traceback__)[1].line
        return f"{line}: {type(error).__name__}: {error}"
    return None


CLIENTS = {"apigateway": Aws, "apigatewayv2": V2, "lambda": Lambda}


def main(service, endpoint, *wanted):
    aws = CLIENTS[service](endpoint)
    for of, operation, title, function in CASES:
        if of == service and (not wanted or operation in wanted):
            line = {"operation": operation, "title": title, "failure": failure_of(function, aws)}
            print(json.dumps(line), flush=True)


main(*sys.argv[1:])
