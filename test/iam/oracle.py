"""Decides requests by trust policies, as the IAM User Guide describes the evaluation of policies.

Reads one JSON object a line: {"policy": ..., "provider": ..., "context": {key: value or list of values}}.
Prints one word a line: allow, deny, no-match or malformed.

This file is written from the documentation and shares no code with the evaluator that it checks.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import base64
import binascii
import datetime
import decimal
import ipaddress
import json
import re
import sys

ACTION = "sts:AssumeRoleWithWebIdentity"


class Malformed(Exception):
    """IAM does not accept the policy."""


class Unresolved(Exception):
    """A policy variable does not have exactly one value in the request."""


# Patterns: a text becomes a list of characters and of the wildcards ANY and ONE.

ANY, ONE = object(), object()


def pattern_of(text):
    return [{"*": ANY, "?": ONE}.get(character, character) for character in text]


def matches(pattern, text):
    parts = [".*" if item is ANY else "." if item is ONE else re.escape(item) for item in pattern]
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def plain(pattern):
    return "".join("*" if item is ANY else "?" if item is ONE else item for item in pattern)


def substitute(text, context):
    """Replaces policy variables. Characters that come from a variable are never wildcards."""
    pattern, rest = [], text
    while True:
        start = rest.find("${")
        end = rest.find("}", start)
        if start < 0 or end < 0:
            return pattern + pattern_of(rest)
        pattern += pattern_of(rest[:start])
        pattern += list(variable(rest[start + 2 : end], context))
        rest = rest[end + 1 :]


def variable(text, context):
    if text in ("*", "?", "$"):
        return text
    key, comma, default = text.partition(",")
    key = key.strip()
    default = default.strip()
    if key == "" or re.search(r"\s", key):
        raise Unresolved
    quoted = len(default) >= 2 and default[0] == default[-1] == "'" and "'" not in default[1:-1]
    if comma and not quoted:
        raise Unresolved
    values = context.get(key.lower())
    if values is None:
        if comma:
            return default[1:-1]
        raise Unresolved
    if len(values) != 1:
        raise Unresolved
    return values[0]


# Values, by the type of the operator. A reader raises ValueError for a text that is not of its type.


def number(text):
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
        raise ValueError(text)
    return decimal.Decimal(text)


def date(text):
    if re.fullmatch(r"[0-9]+", text) and len(text) != 4:
        return decimal.Decimal(text)
    for form in ("%Y", "%Y-%m", "%Y-%m-%d"):
        try:
            day = datetime.datetime.strptime(text, form)
        except ValueError:
            continue
        if len(text) == {"%Y": 4, "%Y-%m": 7, "%Y-%m-%d": 10}[form]:
            return decimal.Decimal(int(day.replace(tzinfo=datetime.timezone.utc).timestamp()))
    found = re.fullmatch(
        r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]+)?)?(Z|([+-])([0-9]{2}):([0-9]{2}))",
        text,
    )
    if not found:
        raise ValueError(text)
    day, hour, minute, second, fraction, zone, sign, ahead, ahead_minutes = found.groups()
    moment = datetime.datetime.strptime(day, "%Y-%m-%d").replace(
        hour=int(hour), minute=int(minute), second=int(second or 0), tzinfo=datetime.timezone.utc
    )
    offset = 0
    if zone != "Z":
        if int(ahead) > 23 or int(ahead_minutes) > 59:
            raise ValueError(text)
        offset = (int(ahead) * 60 + int(ahead_minutes)) * (60 if sign == "+" else -60)
    return decimal.Decimal(int(moment.timestamp())) - offset + decimal.Decimal(fraction or 0)


def boolean(text):
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def network(text):
    address, slash, prefix = text.partition("/")
    if slash and not re.fullmatch(r"[0-9]+", prefix):
        raise ValueError(text)
    if "%" in address or (len(prefix) > 1 and prefix[0] == "0"):
        raise ValueError(text)
    return ipaddress.ip_network(text, strict=False)


def binary(text):
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(text) from error


def arn_parts(pattern):
    parts = [[]]
    for item in pattern:
        if item == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def arn_like(pattern, value):
    wanted, given = arn_parts(pattern), value.split(":", 5)
    if len(wanted) != 6 or len(given) != 6:
        return False
    return all(matches(part, text) for part, text in zip(wanted, given))


def within(wanted, given):
    return wanted.version == given.version and given.subnet_of(wanted)


# Operators: name -> (negated, reader of the type or None, comparison).


def operators():
    table = {
        "StringEquals": (False, None, lambda pattern, value: plain(pattern) == value),
        "StringEqualsIgnoreCase": (False, None, lambda pattern, value: plain(pattern).lower() == value.lower()),
        "StringLike": (False, None, matches),
        "ArnEquals": (False, None, arn_like),
        "ArnLike": (False, None, arn_like),
        "Bool": (False, boolean, lambda wanted, given: wanted == given),
        "IpAddress": (False, network, within),
        "BinaryEquals": (False, binary, lambda wanted, given: wanted == given),
    }
    for prefix, read in (("Numeric", number), ("Date", date)):
        table[prefix + "Equals"] = (False, read, lambda wanted, given: given == wanted)
        table[prefix + "LessThan"] = (False, read, lambda wanted, given: given < wanted)
        table[prefix + "LessThanEquals"] = (False, read, lambda wanted, given: given <= wanted)
        table[prefix + "GreaterThan"] = (False, read, lambda wanted, given: given > wanted)
        table[prefix + "GreaterThanEquals"] = (False, read, lambda wanted, given: given >= wanted)
    for positive, negative in (
        ("StringEquals", "StringNotEquals"),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        ("StringLike", "StringNotLike"),
        ("ArnEquals", "ArnNotEquals"),
        ("ArnLike", "ArnNotLike"),
        ("IpAddress", "NotIpAddress"),
        ("NumericEquals", "NumericNotEquals"),
        ("DateEquals", "DateNotEquals"),
    ):
        table[negative] = (True,) + table[positive][1:]
    return table


OPERATORS = operators()


def operator_of(name):
    """Returns (set operator or None, name of the operator, whether it ends with IfExists)."""
    if name == "Null":
        return None, name, False
    qualifier = None
    if name.startswith(("ForAnyValue:", "ForAllValues:")):
        qualifier, name = name.split(":", 1)
    if_exists = name.endswith("IfExists")
    if if_exists:
        name = name[: -len("IfExists")]
    if name not in OPERATORS:
        raise Malformed(name)
    return qualifier, name, if_exists


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
