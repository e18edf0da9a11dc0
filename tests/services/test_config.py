"""A missing or malformed setting is one clear error."""

import re

import pytest

from chalicelib.config import load
from chalicelib.domain.errors import InvalidSetting
from infra.package.packaged import packaged_template

GOOD = {
    "COMMERCE_TABLE": "commerce", "ENGAGEMENT_TABLE": "engagement", "KPIS_TABLE": "kpis",
    "DUE_QUEUE_URL": "https://due", "AUDIENCE_QUEUE_URL": "https://audience", "POISON_QUEUE_URL": "https://poison",
    "LATER_QUEUE_URL": "https://later",
    "CONFIGURATION_SET": "rekindle", "SHOP_NAME": "Tea", "SHOP_ADDRESS": "1 Street", "SHOP_URL": "https://shop.example/",
    "SENDER": "hello@shop.example", "TEAM_ADDRESS": "team@shop.example", "PUBLIC_URL": "https://api.shop.example",
}  # fmt: skip
OPTIONAL = {"SHOP_ZONE", "QUIET_HOURS", "FREQUENCY_CAPS", "LANGUAGES", "LANES", "WORKERS"}


def test_good_settings_are_read() -> None:
    config = load(GOOD)

    assert (config.shop.url, config.lanes, config.policy.zone) == ("https://shop.example", 4, "UTC")


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_setting_is_named(name: str, value: str | None) -> None:
    settings = {**GOOD, name: value} if value is not None else {k: v for k, v in GOOD.items() if k != name}

    with pytest.raises(InvalidSetting, match=f"^{name} is not set$"):
        load(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("SHOP_ZONE", "Mars/Olympus"), ("SHOP_ZONE", "../etc/passwd"), ("QUIET_HOURS", "late"), ("QUIET_HOURS", "21:00"),
     ("QUIET_HOURS", "21:00-08:00-09:00"), ("QUIET_HOURS", "25:00-08:00"), ("FREQUENCY_CAPS", "many"),
     ("FREQUENCY_CAPS", "1/24h,"), ("FREQUENCY_CAPS", "1/24w"), ("FREQUENCY_CAPS", "0/24h"), ("FREQUENCY_CAPS", "1/0h"),
     ("FREQUENCY_CAPS", "1/24h,0/7d"), ("FREQUENCY_CAPS", "1/99999999999999d"),
     ("FREQUENCY_CAPS", "1001/7d"), ("FREQUENCY_CAPS", "١/24h"), ("LANGUAGES", "english"), ("LANGUAGES", "en,"),
     ("LANES", "0"), ("LANES", "-1"), ("LANES", "1001"), ("LANES", "four"), ("LANES", "٤"), ("WORKERS", "1.5"),
     ("SECRETS", "rekindle"), ("SECRETS", "/rekindle/")],
)  # fmt: skip
def test_a_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{name}: "):
        load({**GOOD, name: value})


def test_quiet_hours_in_a_zone_are_no_quiet_hours() -> None:
    with pytest.raises(InvalidSetting, match=r"^QUIET_HOURS: "):
        load({**GOOD, "QUIET_HOURS": "21:00+09:00-08:00"})


def test_what_has_a_default_may_be_left_out() -> None:
    assert not OPTIONAL & GOOD.keys()
    assert load({**GOOD, **dict.fromkeys(OPTIONAL, "")}) == load(GOOD)


def test_the_defaults_of_the_stack_are_those_of_the_code() -> None:
    parameters = packaged_template()["Parameters"]
    stack = {name: str(parameters[name.title().replace("_", "")]["Default"]) for name in OPTIONAL}

    assert load({**GOOD, **stack}) == load(GOOD)


@pytest.mark.parametrize("caps", ["0/24h", "1/0h", "1/24h,0/7d", "1/24h,3/0d", "01/24h"])
def test_a_cap_that_allows_nothing_or_holds_for_no_time_is_refused_by_the_stack_and_by_the_code(caps: str) -> None:
    pattern = packaged_template()["Parameters"]["FrequencyCaps"]["AllowedPattern"]

    with pytest.raises(InvalidSetting, match=r"^FREQUENCY_CAPS: .* both 1 or more"):
        load({**GOOD, "FREQUENCY_CAPS": caps})
    assert not re.fullmatch(pattern, caps)


@pytest.mark.parametrize("caps", ["1/24h", "1/24h,3/7d", "10/1h,100/30d"])
def test_a_cap_is_a_number_of_mails_in_a_number_of_hours_or_days(caps: str) -> None:
    pattern = packaged_template()["Parameters"]["FrequencyCaps"]["AllowedPattern"]

    assert len(load({**GOOD, "FREQUENCY_CAPS": caps}).policy.caps) == len(caps.split(","))
    assert re.fullmatch(pattern, caps)
