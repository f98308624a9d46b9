"""Decides requests by trust policies, as the IAM User Guide describes the evaluation of policies.

Reads one JSON object a line: {"policy": ..., "provider": ..., "context": {key: value or list of values}}.
Prints one word a line: allow, deny, no-match or malformed.

This file is written from the documentation and shares no code with the evaluator that it checks.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import json
import sys

from oracle_operators import Malformed, OPERATORS, Unresolved, boolean, matches, operator_of, pattern_of, substitute

ACTION = "sts:AssumeRoleWithWebIdentity"


# The structure of a trust policy.


def as_list(value):
    return value if isinstance(value, list) else [value]


def text_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def require(holds, what):
    if not holds:
        raise Malformed(what)


def check_strings(value):
    values = as_list(value)
    require(values and all(isinstance(item, str) for item in values), value)


def check_document(document):
    require(isinstance(document, dict), "document")
    require(set(document) <= {"Version", "Id", "Statement"}, "elements")
    require("Version" not in document or document["Version"] in ("2012-10-17", "2008-10-17"), "Version")
    require("Statement" in document and document["Statement"] != [], "Statement")
    for statement in as_list(document["Statement"]):
        check_statement(statement)


def check_statement(statement):
    require(isinstance(statement, dict), "statement")
    # NotPrincipal, Resource and NotResource are not allowed in a trust policy.
    require(set(statement) <= {"Sid", "Effect", "Principal", "Action", "NotAction", "Condition"}, "elements")
    require(statement.get("Effect") in ("Allow", "Deny"), "Effect")
    require(("Action" in statement) != ("NotAction" in statement), "Action")
    check_strings(statement.get("Action", statement.get("NotAction")))
    principal = statement.get("Principal")
    require(isinstance(principal, str) or (isinstance(principal, dict) and principal), "Principal")
    if isinstance(principal, dict):
        require(set(principal) <= {"AWS", "Federated", "Service", "CanonicalUser"}, "Principal")
        for value in principal.values():
            check_strings(value)
    if "Condition" in statement:
        check_condition(statement["Condition"])


def check_condition(block):
    require(isinstance(block, dict), "Condition")
    for name, keys in block.items():
        _, operator, _ = operator_of(name)
        require(isinstance(keys, dict), "keys")
        for value in keys.values():
            values = as_list(value)
            require(values and all(isinstance(item, (str, int, float)) for item in values), "value")
            read = boolean if operator == "Null" else OPERATORS[operator][1]
            for item in values:
                try:
                    if read:
                        read(text_of(item))
                except ValueError as error:
                    raise Malformed(name) from error


# The evaluation.


def principal_matches(principal, provider):
    if isinstance(principal, str):
        return principal == "*"
    federated = as_list(principal.get("Federated", []))
    return "*" in as_list(principal.get("AWS", [])) or "*" in federated or provider in federated


def action_matches(patterns):
    return any(matches(pattern_of(pattern.lower()), ACTION.lower()) for pattern in as_list(patterns))


def condition_holds(name, wanted, values, context, variables):
    qualifier, operator, if_exists = operator_of(name)
    missing = not values
    if operator == "Null":
        return any(boolean(text) == missing for text in wanted)
    negated, read, compare = OPERATORS[operator]
    if missing and if_exists:
        return True
    if qualifier and (missing or set(values) == {""}):
        return qualifier == "ForAllValues"
    if missing:
        return negated
    if read:
        wanted_values = [read(text) for text in wanted]
    else:
        wanted_values = [substitute(text, context) if variables else pattern_of(text) for text in wanted]

    def meets(value):
        try:
            given = read(value) if read else value
        except ValueError:
            return negated
        return any(compare(item, given) for item in wanted_values) != negated

    if qualifier == "ForAllValues":
        return all(meets(value) for value in values)
    if qualifier == "ForAnyValue":
        return any(meets(value) for value in values)
    return all(meets(value) for value in values) if negated else any(meets(value) for value in values)


def statement_matches(statement, provider, context, variables):
    if "Action" in statement and not action_matches(statement["Action"]):
        return False
    if "NotAction" in statement and action_matches(statement["NotAction"]):
        return False
    if not principal_matches(statement["Principal"], provider):
        return False
    for name, keys in statement.get("Condition", {}).items():
        for key, value in keys.items():
            wanted = [text_of(item) for item in as_list(value)]
            try:
                if not condition_holds(name, wanted, context.get(key.lower()), context, variables):
                    return False
            except Unresolved:
                return False
    return True


def decide(case):
    policy = case["policy"]
    try:
        check_document(policy)
    except Malformed:
        return "malformed"
    context = {key.lower(): as_list(value) for key, value in case["context"].items()}
    context["aws:federatedprovider"] = [case["provider"]]
    variables = policy.get("Version") == "2012-10-17"
    effects = {
        statement["Effect"]
        for statement in as_list(policy["Statement"])
        if statement_matches(statement, case["provider"], context, variables)
    }
    return "deny" if "Deny" in effects else "allow" if "Allow" in effects else "no-match"


if __name__ == "__main__":
    for line in sys.stdin:
        print(decide(json.loads(line)))
