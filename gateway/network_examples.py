"""Examples of a station's life, premises, facilities, services and training, for the API document."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from yizhan.contracts import facilities, guides, premises, stages, stations, training
from yizhan.contracts.network_examples import (
    STATION,
    TODAY,
    facility,
    item,
    listing,
    photo,
    rectification,
    step,
)
from yizhan.contracts.network_examples import premises as the_premises
from yizhan.contracts.network_examples import training as the_training

_DUE_ON = date(2026, 3, 15)
_LINKS = premises.MapLinks(
    amap="https://uri.amap.com/marker?position=106.977431,26.449316&name=%E9%A9%BF%E7%AB%99&src=yizhan"
    "&coordinate=gaode&callnative=1",
    baidu="https://api.map.baidu.com/marker?location=26.449316,106.977431&title=%E9%A9%BF%E7%AB%99"
    "&content=%E9%A9%BF%E7%AB%99&output=html&coord_type=gcj02&src=webapp.yizhan.station",
    tencent="https://apis.map.qq.com/uri/v1/marker?marker=coord:26.449316,106.977431;"
    "title:%E9%A9%BF%E7%AB%99;addr:%E9%A9%BF%E7%AB%99&referer=yizhan",
)
_FLOW = (
    guides.FlowStep(title="进站咨询", text="说明来意，工作人员首问负责"),
    guides.FlowStep(title="登记"),
    guides.FlowStep(title="对接洽谈"),
)
_POSTS = (
    guides.Post(title="站长", public_name="何老师", duties="负责驿站日常运营"),
    guides.Post(title="登记岗", public_name="罗老师", reports_to="站长"),
)

EXAMPLES: tuple[BaseModel, ...] = (
    stages.InspectStation(code=STATION, reason="现场查看，场所和消防设备符合要求"),
    stages.RectifyStation(
        code=STATION, reason="现场查看，安全出口不畅通", due_on=_DUE_ON, items=(rectification.text,)
    ),
    stages.OpenStation(code=STATION, reason="验收合格"),
    stages.SuspendStation(code=STATION, reason="场所装修，暂停服务两周"),
    stages.RevokeStation(code=STATION, reason="未在期限内整改到位"),
    stages.MendRectification(id=rectification.id, note="已清理，附照片"),
    rectification,
    stages.StationHistory(steps=(step,), next=None),
    stages.Readiness(
        code=STATION,
        stage=stations.StationStage.INSPECTED,
        missing=(
            stages.MissingThing(code="area.too_small", required=20, found=18),
            stages.MissingThing(code="fire_equipment.overdue", facilities=(facility.id,)),
        ),
        rules_from=date(2025, 3, 12),
    ),
    stages.DueList(
        due=(
            stages.DueThing(
                kind=stages.DueKind.FACILITY,
                id=facility.id,
                station=STATION,
                station_name="兴龙驿站",
                label=facility.label,
                facility_kind=facility.kind,
                due_on=_DUE_ON,
                overdue=False,
            ),
        ),
        next=None,
    ),
    premises.PremisesCard(premises=the_premises, links=_LINKS),
    premises.AmendPremises(
        code=STATION,
        area_sqm=46.5,
        functions=tuple(premises.StationFunction),
        position=premises.Position(lng=106.971934, lat=26.452187, datum=premises.Datum.WGS84),
    ),
    listing,
    premises.ReportMapListing(station=STATION, map=listing.map, state=listing.state, url=listing.url),
    premises.MapListingList(current=(listing,), history=(listing,), next=None),
    facility,
    facilities.FacilityList(facilities=(facility,), next=None),
    facilities.AddFacilities(
        station=STATION,
        facilities=(
            facilities.NewFacility(
                kind=facility.kind, label=facility.label, count=4, inspected_on=TODAY, due_on=facility.due_on
            ),
            facilities.NewFacility(kind=facilities.FacilityKind.NAME_PLATE, label="门牌标识"),
        ),
    ),
    facilities.AmendFacility(id=facility.id, state=facilities.FacilityState.FAULTY, expected_sequence=2),
    facilities.InspectFacility(
        id=facility.id, inspected_on=TODAY, due_on=date(2027, 3, 1), note="压力正常，铅封完好"
    ),
    facilities.FacilityInspectionList(
        inspections=(
            facilities.FacilityInspection(
                id=step.id,
                facility=facility.id,
                inspected_on=TODAY,
                due_on=date(2027, 3, 1),
                state=facility.state,
                by=step.by,
                at=step.at,
            ),
        ),
        next=None,
    ),
    facilities.FacilityPhotoRef(id=facility.id, file_id=photo.id),
    guides.Guide(
        code=STATION,
        items=(item,),
        flow=_FLOW,
        flow_of="522730",
        posts=_POSTS,
        posts_of=STATION,
        sequence=1,
    ),
    guides.AmendGuide(code=STATION, flow=_FLOW, posts=_POSTS),
    item,
    guides.AddServiceItem(
        station=item.station,
        reach=item.reach,
        name=item.name,
        materials=item.materials,
        limit_days=item.limit_days,
        basis=item.basis,
    ),
    guides.AmendServiceItem(id=item.id, materials=("居民身份证",), expected_sequence=1),
    the_training,
    training.RecordTraining(
        station=STATION,
        topic=the_training.topic,
        held_on=TODAY,
        hours=4,
        staff=the_training.staff,
        certificate=the_training.certificate,
    ),
    training.WithdrawTraining(id=the_training.id, reason="重复登记"),
    training.TrainingList(trainings=(the_training,), next=None),
)
