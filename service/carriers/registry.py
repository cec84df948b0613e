"""Every provider by the name in its path: to add one, write its file and add its line here."""

from service.carriers.aftership import AfterShip
from service.carriers.base import Provider
from service.carriers.epcis import Epcis
from service.carriers.kdniao import KdNiao
from service.carriers.kuaidi100 import Kuaidi100
from service.carriers.logger_csv import LoggerCsv
from service.carriers.seventeen_track import SeventeenTrack
from service.carriers.sf_express import SfExpress

PROVIDERS: dict[str, Provider] = {
    "kuaidi100": Kuaidi100(),
    "kdniao": KdNiao(),
    "17track": SeventeenTrack(),
    "aftership": AfterShip(),
    "sf": SfExpress(),
    "epcis": Epcis(),
    "logger": LoggerCsv(),
}
