"""What is changed for a block is as it was after it, even after an error."""

import os

import pytest

from infra.scoped.changes import environment, replaced


class Shop:
    opens = "at nine"

    @staticmethod
    def greeting() -> str:
        return "hello"


class Branch(Shop):
    pass


def test_an_attribute_is_replaced_inside_only() -> None:
    with replaced(Shop, "opens", "at ten"):
        inside = Shop.opens

    assert (inside, Shop.opens) == ("at ten", "at nine")


def test_a_static_method_is_still_one_afterwards() -> None:
    with replaced(Shop, "greeting", lambda self: "inside"):
        pass

    assert Shop().greeting() == "hello"


def test_an_inherited_attribute_is_inherited_again() -> None:
    with pytest.raises(RuntimeError), replaced(Branch, "opens", "at ten"):
        raise RuntimeError

    assert "opens" not in vars(Branch)
    assert Branch.opens == "at nine"


def test_an_attribute_that_does_not_exist_is_refused() -> None:
    with pytest.raises(AttributeError), replaced(Shop, "closes", "at five"):
        pass


def test_environment_variables_are_set_inside_and_restored_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_OPEN", "before")
    monkeypatch.delenv("SHOP_NEW", raising=False)

    with environment({"SHOP_OPEN": "inside", "SHOP_NEW": "inside"}):
        inside = os.environ["SHOP_OPEN"], os.environ["SHOP_NEW"]
        del os.environ["SHOP_OPEN"]

    assert inside == ("inside", "inside")
    assert os.environ["SHOP_OPEN"] == "before"
    assert "SHOP_NEW" not in os.environ
