"""Addresses that show a station on 高德, 百度 and 腾讯. The three differ in the order of the coordinates."""

from __future__ import annotations

from urllib.parse import quote

from yizhan.contracts.premises import MapLinks, Position

_SOURCE = "yizhan"


def links(position: Position, *, name: str, address: str | None) -> MapLinks:
    """Links to a marker. position: in GCJ-02. name, address: the marker's, in any script."""
    lng, lat = f"{position.lng:.6f}", f"{position.lat:.6f}"
    title, place = quote(name, safe=""), quote(address or name, safe="")
    return MapLinks(
        amap=f"https://uri.amap.com/marker?position={lng},{lat}&name={title}&src={_SOURCE}"
        "&coordinate=gaode&callnative=1",
        baidu=f"https://api.map.baidu.com/marker?location={lat},{lng}&title={title}&content={place}"
        f"&output=html&coord_type=gcj02&src=webapp.{_SOURCE}.station",
        tencent=f"https://apis.map.qq.com/uri/v1/marker?marker=coord:{lat},{lng};title:{title};addr:{place}"
        f"&referer={_SOURCE}",
    )
