"""Where the work or the gathering is: what is left of an utterance once the rest is understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.jobs.domain.dictation.mentions import Mention


@dataclass(frozen=True, slots=True)
class PlaceMention(Mention):
    """A place in the speaker's own words; `gathering` when people meet there or it was named as the place.

    `pointed_at` when 在, 到 or the like leads to it.
    """

    place: str
    gathering: bool
    pointed_at: bool


_KINDS = (
    "农贸市场|市场|广场|路口|工地|小区|花园|家园|街道|客运站|高铁站|火车站|汽车站|车站"
    "|加油站|收费站|烟草站|粮站|搅拌站|服务站|公交站|站台|站|厂区|水泥厂|砖厂|电子厂|厂房"
    "|厂|工业园区|工业园|产业园|物流园|物流港|"
    "园区|公园|茶园|果园|葡萄园|幼儿园|校园|园|学校|小学|中学|一中|二中|三中|四中|民中"
    "|大学|学院|校区|卫生院|医院|超市|商场|商城|酒店|宾馆|旅馆|民宿|仓库|冷库|基地|茶山"
    "|茶场|农场|林场|养殖场|猪场|鸡场|牛场|料场|沙场|石场|停车场|"
    "大棚|社区|村委会|村委|居委会|办事处|政府|交警队|养护站|饭店|餐馆|餐厅|食堂|酒楼|面馆"
    "|粉馆|山庄|农庄|农家乐|火锅店|奶茶店|便利店|烧烤店|茶楼|公司|零工驿站|驿站|服务区"
    "|服务中心|中心|铺子|门市|码头|售楼部|楼盘|安置房|安置点|安置区|十字|公租房|廉租房|小镇|景区|景点|度假村|步行街|夜市|菜场|大厦|粮库|库房|仓|新区|开发区|新城|老城区|老城|合作社"
    "|"
    "苗圃|银行|网点|快递点|联络点|营业厅|派出所|法院|大道|国道|省道|公路|岔路口|岔口|红绿灯"
    "|大桥|桥头|桥边|桥下|桥|村口|寨子|院坝|田坝|田边|水库|河边|隧道|岗亭|牌坊|转盘|文化宫"
    "|体育馆|体育场|图书馆|博物馆|殡仪馆|"
    "敬老院|养老院|福利院|车间|展厅|展馆|会展中心|别墅|公寓|宿舍楼|教学楼|办公楼|[一二三四五六七八九十\\d]+(?:栋"
    "|幢|号楼|单元|组)|村|镇|乡|县城|街|路|巷|寨|组|屯|堡|湾|坝|坪|冲|口|店|山|坡|城|楼"
    "|院|塘|沟|关|井|场|苑|府|湖|门口|城区|集镇|老街|楼下|地头|大门"
)
_BESIDE = (
    "(?:大门口|正门口|门口|门前|对面|旁边|后面|前面|背后|附近|里面|边上|那里|那边|路口"
    "|楼下|外面|侧门|东门|西门|南门|北门|正门|后门|大门|门外|街口|岔路口|桥头|入口|出口"
    "|停车场|工地|广场|公交站|红绿灯|脚下|边(?!上))"
)
_GATHER = "(?:集合|碰头|碰面|见面|汇合|会合|集中|上车|报到|等着?|等车|接人|坐车|签到|候工)"
_BEFORE_PLACE = re.compile(
    r".*(?:集合地点|工作地点|上班地点|地点|位置|地址|位于|就在|在|赶到|直接到|到|去|往"
    r"|(?<!原)来(?![回说]))(?:了|是|在|为|:|的)*"
)
_FILLERS = re.compile(
    r"^(?:需要|要|搬|清理|打扫|清洗|卸|拆|收拾|急招|急需|招聘|招|找|需|请|雇|喊|叫|我们的?"
    r"|咱们|咱|我(?!家)|这边|这里|这儿|有个|有一个|有点|有|帮忙|帮我|帮|老板|急|想|嗯|呃"
    r"|那个|那边|就是|然后|的|都|从|地点|位置|地址|位于|直接|统一|先|再|开车|工作|干活"
    r"|做|干|就|得|了|给|几个|些|活|人(?!民)|上班|:|是|来|去|到|在|于|往|还|两边|个|大家"
    r"|全部|都是|一起|师傅|喂|你好|麻烦|登记|发布|发个|一下|一条|岗位|招工|用工|信息|帮登"
    r"|会(?!展|议|所)|能|做事|和|跟|另外|还有|或者|也|老乡|同志|好|啊|呢|哈|哦|嘛|吧|呀"
    r"|哎|额|明|早上|下午|上午|中午|晚上|早(?![餐市点])|晚(?![餐市])|开始|开工|日|搞|点|钟|半|以前|之前|准时"
    r"|必须|不|对|改成|是在|应该|而|把|不是|说错|左右)+"
)
_TRAILING = re.compile(
    rf"(?:{_GATHER}|干活|做工|上班|做事|开工|开始|工作|这边|那边|那里|那儿|那头|里头?|里面"
    rf"|上面?|需要|要|招|的|做|干|缺人?|急|差|请|找|人|有|来|活|吧|哈|啊|呢|嘛|去|，)+$"
)
_KNOWN_KIND = re.compile(
    rf"(?P<place>[\u4e00-\u9fa5a-z0-9]{{0,14}}(?:{_KINDS})(?!生|员|长(?!期)|民|工(?!地)|队|装|织|着|岗|主|舞)(?:{_BESIDE})?)"
)
_NAMED_PLACE = re.compile(r"地点|地址|位置")
#: 洗马田箐: a hamlet's name after its town's, when nothing else can be read there.
_HAMLET = re.compile(r"(?:(?![要招的有去来做干需找请缺人收卖摘栽那这附周边])[\u4e00-\u9fa5]){2,4}$")
_GATHERING = re.compile(_GATHER)
_TOO_VAGUE = re.compile(
    r"^(?:.{0,1}|工地|家里|我家|自家|家|店里?|厂里?|仓库|饭店|公司|餐馆|酒店|学校|超市"
    r"|地里|山上?|楼|路上?|门口|镇上|村里|村|城|车间|厂房|铺子|快递站|收购站|街上|这|那|里|上|商场|烧烤店|便利店"
    r"|面馆|粉馆|茶楼|酒楼|面店|早餐店|快餐店|物流园|养殖场|猪场|砖厂|水泥厂|电子厂|养老院"
    r"|敬老院|公园|山坡|田里|现场|单位|[一二三四五六七八九十\d]{1,2}楼|口|路|街|组|场|本地|附近|县里|外面"
    r"|线上|网上|家具城里的|工厂|一个工地|食堂|餐厅|火锅店|奶茶店|农场|茶园|茶山|果园|大棚"
    r"|宾馆|小区|市场|医院|幼儿园)$"
)
_NO_PLACE_EVEN_SO = re.compile(r"^(?:家里|我家|门口|现场|铺子|[一二三四五六七八九十\d]{1,2}楼)$")
_NEVER_IN_A_PLACE = re.compile(
    r"上[一二三四五六七八九十\d]+楼|班组|要|^[上下守]|吃|^[一二三四五六七八九十\d]+$|^(?:修(?!文)|布置|背|捞|拆|砸|抬|卖|洗(?!马)|刷|铺(?!子)|垃圾|搬|清理)|[月年]$|看(?!守所)|防火|自己|排水沟|[一二两三四五六七八九\d][百千万]|[一二两三四几\d]次|"
    r"[，。；！？、\s%]|工资|工钱|经验|优先|自带|身体|吃苦|手脚|年龄|男女|不限|驾照|健康证"
    r"|熟练|负责|电话|师傅|每人|一天|重活|轻活|力气|保险|工具|衣服|雨鞋|手套|听话|老实"
    r"|勤快|会用|急用|长期|临时|连续|周边|客人|孩子|老人|锄头|背篓|镰刀|人手|下雨|天气"
    r"|东西|货(?!运|场)|楼上|路程|方便|上楼|电梯|酒席"
)
_BLANK = "\x00"


def find_places(text: str, understood: Sequence[Mention], towns: re.Pattern[str]) -> list[PlaceMention]:
    """Places in what the other parts did not use; vague ones (工地 alone) only after 在 or before 集合."""
    characters = list(text)
    for other in understood:
        for index in range(other.start, other.end):
            characters[index] = _BLANK
    remaining = "".join(characters)
    found: list[PlaceMention] = []
    to_gather = False
    for match in re.finditer(rf"[^{_BLANK}，。；！？、\s（）]+", remaining):
        mention = _in_segment(match.group(), match.start(), towns)
        if mention is not None:
            # 集合，客运站门口: the place may come after the word.
            found.append(replace(mention, gathering=mention.gathering or to_gather))
        to_gather = _GATHERING.fullmatch(match.group()) is not None
    return found


def _in_segment(segment: str, offset: int, towns: re.Pattern[str]) -> PlaceMention | None:
    met = _GATHERING.search(segment)
    body_end = met.start() if met else len(segment)
    lead = _BEFORE_PLACE.match(segment[:body_end])
    gathering = met is not None or (lead is not None and _NAMED_PLACE.search(lead.group()) is not None)
    pointed_at = lead is not None and lead.end() < body_end
    start = lead.end() if lead is not None and pointed_at else 0
    filler = _FILLERS.match(segment[start:body_end])
    if filler and not towns.match(segment, start):
        start += filler.end()
    body = segment[start:body_end]
    known = _KNOWN_KIND.match(body)
    if known is not None:
        return _place(known["place"], start, offset, gathering, pointed_at or gathering, 0.93)
    town = towns.match(body)
    if town is not None:
        hamlet = _HAMLET.match(body, town.end())
        words = town.group() + (hamlet.group() if hamlet else "")
        return _place(words, start, offset, gathering, True, 0.85)
    trimmed = _TRAILING.sub("", body)
    if (gathering or pointed_at) and 2 <= len(trimmed) <= 10:
        return _place(trimmed, start, offset, gathering, False, 0.6)
    return None


def _place(
    words: str, start: int, offset: int, gathering: bool, pointed_at: bool, confidence: float
) -> PlaceMention | None:
    if _NEVER_IN_A_PLACE.search(words) or len(words) < 2:
        return None
    if _TOO_VAGUE.match(words) and not (pointed_at and _NO_PLACE_EVEN_SO.match(words) is None):
        return None
    if _TOO_VAGUE.match(words):
        confidence = 0.5
    return PlaceMention(offset + start, offset + start + len(words), confidence, words, gathering, pointed_at)
