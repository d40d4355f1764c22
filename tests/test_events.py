from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from growth import grows_linearly

from povdata.extract.dates import anchor, dates
from povdata.extract.events import events
from povdata.page import SHANGHAI, Document, Page, Segment


def event(
    body: str, people: str = "", *, title: str = "云溪新闻", published: str = "2019-06-20", **article: Any
) -> dict[str, Any] | None:
    """The event of a page with that title and those paragraphs.

    `people` are names and their roles: `宋明远:speaker attendee;何静文:chair`.
    """
    text, segments = f"{title}\n{body}", []
    for line in text.splitlines(keepends=True):
        start = segments[-1].end if segments else 0
        segments.append(Segment(start, start + len(line), "body" if segments else "title", "test"))
    at = datetime.fromisoformat(published).replace(tzinfo=SHANGHAI)
    dated = {"published_at": at, "published_precision": "day", "crawled_at": None}
    article = {"title": title, "genre": "report", **dated, **article}
    document = Document(Page("page.txt", "0" * 64, len(text), text, "utf-8"), segments, article)
    people_rows = []
    for entry in filter(None, people.split(";")):
        name, _, roles = entry.partition(":")
        mentions = [{"start": m.start(), "end": m.end()} for m in re.finditer(name, text)]
        people_rows.append({"name": name, "roles": roles.split() or ["mentioned"], "mentions": mentions})
    rows = events(document, people_rows, [], dates(document, anchor(document)))
    assert len(rows) <= 1
    for row in rows:
        assert row["seq"] == 0 and row["article_id"] == document.page.article_id
        assert text[row["start"] : row["end"]] in body
        return {**row, "date_start": str(row["date_start"]), "date_end": str(row["date_end"])}
    return None


@pytest.mark.parametrize(
    ("body", "kind", "name", "day"),
    [
        ("6月18日，云溪县召开脱贫攻坚推进会，部署工作。", "meeting", "脱贫攻坚推进会", "2019-06-18"),
        ("6月18日，按照省委要求，县委召开专题会议。", "meeting", "专题会议", "2019-06-18"),
        ("省委农村工作会议6月18日在省城召开。", "meeting", "省委农村工作会议", "2019-06-18"),
        ("新华社北京6月19日电 国务院18日召开专题会议。", "meeting", "专题会议", "2019-06-18"),
        ("18日召开的市政府常务会议审议了方案。", "meeting", "市政府常务会议", "2019-06-18"),
        (
            "政协第九届云溪县委员会第三次会议6月18日上午隆重开幕。",
            "meeting",
            "政协第九届云溪县委员会第三次会议",
            "2019-06-18",
        ),
        ("今天，全县护林员“擂台赛”以视频会议形式在柳溪镇举行。", "meeting", "全县护林员“擂台赛”", "2019-06-20"),
        ("6月18日,在全国会议之后,全市扶贫工作电视电话会议召开。", "meeting", "全市扶贫工作电视电话会议", "2019-06-18"),
        ("18日，由县委举办的2019云溪茶业发展论坛在青山举行。", "meeting", "2019云溪茶业发展论坛", "2019-06-18"),
        ("19日下午2时，养蜂户赶到晒场，出席由合作社举行的兑付大会。", "meeting", "兑付大会", "2019-06-19"),
        ("6月18日，青山镇扶贫车间揭牌仪式在李家村举行。", "ceremony", "青山镇扶贫车间揭牌仪式", "2019-06-18"),
        ("6月18日，全县驻村书记培训班在县委党校开班。", "meeting", "全县驻村书记培训班", "2019-06-18"),
        ("6月18日，市督查组来我县督查扶贫工作。", "inspection", None, "2019-06-18"),
    ],
)
def test_reported_event(body: str, kind: str, name: str | None, day: str) -> None:
    found = event(body)
    assert found and (found["kind"], found["name"], found["date_start"]) == (kind, name, day)


@pytest.mark.parametrize(
    "body",
    [
        "近年来，云溪县把脱贫攻坚作为头等大事。先后召开30次会议研究部署。",
        "走进李家村，新房排成行。2016年5月，村里召开群众大会，决定种茶。",
        "6月15日，记者来到李家村采访，老李正在地里忙活。",
        "定于6月25日召开全县脱贫攻坚会议。",
        "6月18日，在茶商联谊会上，镇长何静文透露，古道客栈已经满房。",
        "今天是国际茶日，柳溪街头挂满了灯笼。",
        "柳溪县茶叶局今天公布，新茶每斤涨价两成。",
        "宋明远指出，6月18日召开的会议很重要。",
    ],
)
def test_no_event(body: str) -> None:
    assert event(body, "宋明远:speaker;何静文:speaker") is None


def test_articles_and_notices_report_nothing() -> None:
    body = "6月18日，云溪县召开脱贫攻坚推进会。"
    assert event(body)
    for genre in ("signed_article", "commentary", "notice", "speech"):
        assert event(body, genre=genre) is None


def test_who_took_part() -> None:
    found = event(
        "6月18日，云溪县召开脱贫攻坚推进会，县委书记宋明远出席会议并讲话，县长何静文主持会议。\n"
        "县领导王立新、周景和出席会议。青山镇党委书记李平、第一书记赵小川先后发言。\n"
        "“今年收成好。”村民孙二宝告诉记者。",
        "宋明远:speaker attendee;何静文:chair;王立新:attendee;周景和:attendee;李平:speaker;赵小川:speaker;"
        "孙二宝:speaker",
    )
    assert found
    assert found["chairs"] == ["何静文"]
    assert found["speakers"] == ["宋明远", "李平", "赵小川"]
    assert found["attendees"] == ["宋明远", "王立新", "周景和"]


def test_nobody_is_known_to_have_taken_part() -> None:
    row = event("6月18日，云溪县召开脱贫攻坚推进会。宋明远家脱了贫。", "宋明远")
    assert row is not None
    assert row["chairs"] == row["speakers"] == row["attendees"] == []


def test_people_of_other_meetings_are_not_of_this_one() -> None:
    found = event(
        "6月18日，县委召开常委会会议，传达学习钱远山在推进会上的重要讲话精神，县委书记宋明远主持会议。\n"
        "会议认为，2018年2月12日，钱远山主持召开座谈会并强调，要提高质量。李四海出席座谈会。",
        "钱远山:chair speaker;宋明远:chair;李四海:attendee",
    )
    assert found
    assert (found["chairs"], found["speakers"]) == (["宋明远"], [])


def test_chair_who_speaks() -> None:
    found = event("6月18日，县委召开常委会会议，县委书记宋明远主持会议并讲话。", "宋明远:chair")
    assert found and found["chairs"] == found["speakers"] == ["宋明远"]


def test_visit() -> None:
    found = event(
        "县委书记宋明远近日在青山镇调研时强调，要坚持精准。\n6月14日至16日，宋明远在镇长何静文陪同下，来到村里。",
        "宋明远:speaker;何静文:attendee",
        title="宋明远在青山镇调研时强调：坚持精准",
    )
    assert found
    assert (found["kind"], found["name"]) == ("inspection", "宋明远在青山镇调研")
    assert (found["date_start"], found["date_end"]) == ("2019-06-14", "2019-06-16")
    assert (found["speakers"], found["attendees"]) == (["宋明远"], ["何静文"])


def test_undated_event_has_no_date() -> None:
    found = event("近日，云溪县召开脱贫攻坚推进会。")
    assert found and found["date_start"] == "None"


def test_place_and_format() -> None:
    found = event("6月18日，全县扶贫工作现场会在李家村召开。")
    assert found and (found["place"], found["format"]) == ("李家村", "in_person")
    found = event("6月18日，省政府召开全省脱贫攻坚视频调度会。")
    assert found and (found["place"], found["format"]) == (None, "video")


@pytest.mark.parametrize("piece", ["6月18日召开", "会议在", "调研", "在会议举行，", "6月18日，在", "的", "座谈会并"])
def test_time_grows_with_length(piece: str) -> None:
    assert grows_linearly(lambda n: event("6月18日，宋明远" + piece * n, "宋明远:speaker"), 4_000)


def test_traditional_script() -> None:
    body = "6月18日，縣委召開脫貧攻堅推進會，何靜文主持會議。"
    found = event(body, "何靜文:chair", title="雲溪縣舉行推進會", language="zh-Hant")
    assert found and (found["name"], found["date_start"], found["chairs"]) == (
        "脫貧攻堅推進會",
        "2019-06-18",
        ["何靜文"],
    )
    found = event("簽約儀式6月18日在縣城舉行。", language="zh-Hant")
    assert found and (found["kind"], found["name"]) == ("ceremony", "簽約儀式")


def test_a_visit_that_ends_in_a_meeting_is_a_visit() -> None:
    found = event("6月18日，市长宋明远到云溪县调研，并召开座谈会。", "宋明远:mentioned")
    assert found and found["kind"] == "inspection"


def test_name_and_day_on_either_side_of_a_comma() -> None:
    found = event("县政协第三次常委会议，于6月7日在云溪举行。这是一次重要会议。")
    assert found and (found["name"], found["date_start"]) == ("县政协第三次常委会议", "2019-06-07")


def test_a_late_paragraph_counts_where_the_headline_names_the_event() -> None:
    body = "山青。\n水秀。\n路通。\n电通。\n6月18日，县委召开脱贫攻坚推进会。"
    assert event(body) is None
    assert event(body, title="县委召开推进会")
    assert event(body, title="县委召开推进会", genre="feature") is None


def test_a_cited_video_conference_says_nothing_of_the_format() -> None:
    found = event("6月18日，县委召开推进会，贯彻全省电视电话会议精神。")
    assert found and found["format"] is None


@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [
        ("6月18日，宋明远出席在青山召开的扶贫座谈会。", "meeting", "扶贫座谈会"),
        ("6月18日，国新办举行记者会。", "meeting", "记者会"),
        ("调研组，赴云溪县调研，时间是6月18日。", "inspection", None),
    ],
)
def test_other_wordings(body: str, kind: str, name: str | None) -> None:
    found = event(body)
    assert found and (found["kind"], found["name"]) == (kind, name)
