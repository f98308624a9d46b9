"""Condition operators, patterns and policy variables, as the IAM User Guide describes them.

Part of the oracle (oracle.py).
"""

import base64
import binascii
import datetime
import decimal
import ipaddress
import re


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
