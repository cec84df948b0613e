"""Regions are told from codes and names, and from the words of carriers, as far as those words can be trusted."""

import pytest

from service.domain.divisions import CITIES, PROVINCES, apart, code_of, name_of, region_of


def test_every_province_is_known_and_no_code_stands_for_two_cities() -> None:
    codes = [code for cities in CITIES.values() for code in cities.values()]

    assert len(PROVINCES) == len(set(PROVINCES.values())) == 34
    assert len(codes) == len(set(codes)) == 333
    assert all(code[:2] == province for province, cities in CITIES.items() for code in cities.values())


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("新疆维吾尔自治区乌鲁木齐市天山区", "6501"),
        ("新疆 喀什", "6531"),
        ("中国,浙江省,杭州市", "3301"),
        ("【广东深圳】", "4403"),
        ("[武汉市] 汉口", "4201"),
        ("浙江杭州转运中心", "3301"),
        ("青海省海南藏族自治州", "6325"),
        ("青海海南州共和县", "6325"),
        ("海南藏族自治州共和县", "6325"),
        ("海南省海口市", "4601"),
        ("广东中山路营业部", "44"),
        ("黑龙江大兴安岭地区", "2327"),
        ("北京市朝阳区", "11"),
        ("广西壮族自治区", "45"),
        ("CN650100000000", "6501"),
        ("CN659900", "65"),
        ("650100", "6501"),
    ],
)
def test_a_place_is_known_by_its_province_its_city_or_its_code(place: str, code: str) -> None:
    assert region_of(place) == code


@pytest.mark.parametrize(
    "place",
    [
        "南京路营业点",
        "黄河南路",
        "天津路营业点",
        "重庆南路网点",
        "湖南路街道派件点",
        "四川北路",
        "海南州共和县",
        "杭州转运中心",
        "Shenzhen",
        "330000",
        "13812345678",
        "",
        "CN990000",
        None,
    ],
)
def test_streets_shops_and_postcodes_are_no_regions(place: str | None) -> None:
    assert region_of(place) == ""


def test_an_address_is_known_by_the_code_it_gives_or_else_by_its_names() -> None:
    assert code_of("653121", "新疆维吾尔自治区", "") == "653121"
    assert code_of("650100", "", "") == "6501"
    assert code_of("653121201201", "", "") == "653121201201"
    assert code_of("653121000000", "", "") == "653121"
    assert code_of("", "新疆维吾尔自治区", "喀什地区") == "6531"
    assert code_of("", "上海市", "上海市") == "31"
    assert code_of("", "Zhejiang", "Hangzhou") == ""


def test_regions_lie_apart_as_far_as_both_are_known() -> None:
    assert apart("6501", "6531") is True
    assert apart("44", "33") is True
    assert apart("3301", "330106") is False
    assert apart("31", "310104") is False
    assert apart("33", "3301") is None
    assert apart("4290", "4201") is None
    assert apart("", "33") is None


def test_a_region_is_called_by_the_names_that_people_know() -> None:
    assert name_of("653121") == "新疆喀什"
    assert name_of("31") == "上海"
    assert name_of("2202") == "吉林"
