"""A webhook's address is chosen by its owner and must not lead into our own network."""

from ipaddress import ip_address

import pytest

from service.webhooks.address import read_reach, why_closed, why_unfit

PUBLIC = read_reach("", plain_http=False)
OPENED = read_reach("10.20.0.0/16, fd00:1::/64", plain_http=False)
AT_HOME = read_reach("127.0.0.0/8,::1/128", plain_http=True)

INSIDE = [
    "127.0.0.1",
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.5",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:5",
    "2002:a00:5::1",
    "2001:0:a00:5::1",
    "fc00::1",
    "ff02::1",
]
CREDENTIALS = [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "fe80::1",
    "fd00:ec2::254",
]


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_public_addresses_are_called(address: str) -> None:
    assert why_closed(PUBLIC, ip_address(address), plain=False) is None


@pytest.mark.parametrize("address", INSIDE + CREDENTIALS)
def test_no_other_address_is_called(address: str) -> None:
    assert why_closed(PUBLIC, ip_address(address), plain=False)


@pytest.mark.parametrize("address", ["10.20.3.4", "::ffff:10.20.3.4", "fd00:1::9"])
def test_operations_can_open_networks_of_their_own(address: str) -> None:
    assert why_closed(OPENED, ip_address(address), plain=False) is None
    assert why_closed(PUBLIC, ip_address(address), plain=False)


@pytest.mark.parametrize("address", CREDENTIALS)
def test_no_setting_opens_the_addresses_that_give_away_credentials(address: str) -> None:
    everything = read_reach("0.0.0.0/0,::/0", plain_http=True)

    assert "never called" in (why_closed(everything, ip_address(address), plain=False) or "")


def test_plain_http_is_for_this_machine_alone_and_not_in_production() -> None:
    assert why_closed(AT_HOME, ip_address("127.0.0.1"), plain=True) is None
    assert "http is for this machine" in (why_closed(AT_HOME, ip_address("93.184.215.14"), plain=True) or "")
    assert why_unfit(PUBLIC, "http://127.0.0.1/") is not None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "https://",
        "https:///path",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com\\@10.0.0.5/",
        "https://例子.com/",
        "https://[::1/",
        "https://10.0.0.5/",
        "https://[::1]/",
        "https://example.com/\n",
    ],
)
def test_urls_that_do_not_fit_are_refused_with_what_to_give(url: str) -> None:
    assert why_unfit(PUBLIC, url)


@pytest.mark.parametrize("url", ["https://example.com", "https://example.com:8443/a?b=c", "https://93.184.215.14/"])
def test_urls_that_fit_are_taken(url: str) -> None:
    assert why_unfit(PUBLIC, url) is None


def test_networks_that_are_none_are_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        read_reach("10.0.0.0/99", plain_http=False)
