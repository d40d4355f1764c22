"""Raw pages of our own writing, for tests that need a page and do not care which."""

from __future__ import annotations

from pathlib import Path

PARAGRAPHS = (
    "3月5日，云溪县召开脱贫攻坚推进会，县委书记宋明远出席会议并讲话，县长何静文主持会议。",
    "宋明远指出，今年要把发展茶叶和中药材放在首位，让每个村都有一个稳定增收的产业。各乡镇要逐户核实收入，账目要清楚。",
    "会议要求，驻村工作队每月至少走访贫困户一次，发现问题当天记录、当周解决。",
)


def page(
    title: str = "云溪县召开脱贫攻坚推进会", paragraphs: tuple[str, ...] = PARAGRAPHS, date: str = "2018-03-06"
) -> str:
    """A plain article page: headline, metadata strip, story, footer."""
    story = "\n".join(paragraphs)
    return f"{title}\n来源：云溪日报    日期：{date}    浏览量：128\n{story}\n版权所有 云溪县人民政府\n"


def heap(folder: Path, count: int) -> Path:
    """A folder with so many different article pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        extra = f"第{number}号村的账目已经核实完毕，结果在村务公开栏公布了七天。"
        (folder / f"{number:04d}.txt").write_text(page(paragraphs=(*PARAGRAPHS, extra)), encoding="utf-8")
    return folder
