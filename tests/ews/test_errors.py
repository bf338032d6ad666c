"""The tree of errors and the classes made from the table."""

from __future__ import annotations

import pickle
import re

import pytest
from lxml import etree

from ewsfs.ews import errors, response_codes
from ewsfs.ews.errors import ErrorItemNotFound
from tests.conftest import SHARED


def test_a_response_code_is_a_class_that_can_be_imported() -> None:
    assert errors.ErrorItemNotFound is ErrorItemNotFound
    assert issubclass(ErrorItemNotFound, errors.NotFound)
    assert ErrorItemNotFound().response_code == "ErrorItemNotFound"


@pytest.mark.parametrize(
    ("code", "family", "temporary"),
    [
        ("ErrorAccessDenied", errors.AccessDenied, False),
        ("ErrorFolderExists", errors.AlreadyExists, False),
        ("ErrorIrresolvableConflict", errors.Conflict, False),
        ("ErrorServerBusy", errors.Busy, True),
        ("ErrorQuotaExceeded", errors.Quota, False),
        ("ErrorMessageSizeExceeded", errors.TooLarge, False),
        ("ErrorInvalidServerVersion", errors.WrongVersion, False),
        ("ErrorInvalidSyncStateData", errors.StateLost, False),
        ("ErrorSchemaValidation", errors.Invalid, False),
        ("ErrorDeleteDistinguishedFolder", errors.Refused, False),
        ("ErrorUnsupportedMimeConversion", errors.Unsupported, False),
    ],
)
def test_a_code_belongs_to_its_family(code: str, family: type[errors.ResponseError], temporary: bool) -> None:
    error = errors.response_error(code, "text")
    assert isinstance(error, family)
    assert error.temporary is temporary
    assert error.message == "text"


def test_no_code_is_in_two_families() -> None:
    codes = [code for text in response_codes.FAMILIES.values() for code in text.split()]
    assert len(codes) == len(set(codes))


def test_every_family_of_the_table_is_drawn_in_the_tree() -> None:
    assert errors.__doc__ is not None
    for name in response_codes.FAMILIES:
        assert re.search(rf"\b{name}\b", errors.__doc__)


def test_every_class_of_the_module_is_drawn_in_the_tree() -> None:
    assert errors.__doc__ is not None
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.EWSError):
            assert re.search(rf"\b{name}\b", errors.__doc__), name


def test_every_code_of_the_schema_is_a_class() -> None:
    path = SHARED / "ews-schema" / "messages.xsd"
    if not path.is_file():
        pytest.skip("the EWS schema is not beside the checkout's shared folder")
    names = etree.parse(str(path)).xpath(
        "//xs:simpleType[@name='ResponseCodeType']//xs:enumeration/@value",
        namespaces={"xs": "http://www.w3.org/2001/XMLSchema"},
    )
    assert isinstance(names, list)
    codes = {str(name) for name in names} - {"NoError"}
    assert len(codes) > 500
    for code in codes:
        assert getattr(errors, code).__name__ == code


def test_a_code_that_nobody_knows_is_one_class_wherever_it_is_named() -> None:
    error = errors.response_error("ErrorOfTomorrow")
    assert type(error) is errors.ErrorOfTomorrow
    assert str(error) == "ErrorOfTomorrow"


@pytest.mark.parametrize(
    "code", ["", "Client", "Error", "error_small", "Error\nInjected", "Error" + "X" * 500, "ErrorÄ"]
)
def test_what_can_be_no_name_makes_no_class(code: str) -> None:
    assert errors.class_of(code) is errors.ResponseError
    assert errors.response_error(code).response_code == (code or "ResponseError")


def test_names_that_are_no_codes_are_no_attributes() -> None:
    with pytest.raises(AttributeError):
        _ = errors.something_else


def test_a_server_that_makes_up_codes_does_not_fill_the_memory() -> None:
    before = len(errors._classes)
    for number in range(3000):
        errors.response_error(f"ErrorMadeUp{number}")
    assert len(errors._classes) - before < 2000
    assert errors.response_error("ErrorMadeUp2999").response_code == "ErrorMadeUp2999"
    for number in range(3000):
        errors._classes.pop(f"ErrorMadeUp{number}", None)


def test_errors_survive_pickling() -> None:
    error = errors.response_error("ErrorServerBusy", "later", back_off=2.5)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is errors.ErrorServerBusy
    assert (copy.message, copy.back_off, copy.response_code) == ("later", 2.5, "ErrorServerBusy")


def test_what_surely_did_nothing_says_so() -> None:
    assert errors.ErrorServerBusy.not_executed
    assert errors.Unreachable.not_executed
    assert not errors.ErrorTimeoutExpired.not_executed
    assert not errors.Interrupted.not_executed
