"""Reading HTML: the lines that a page shows, and what its markup knows of them."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from povdata import read
from povdata.page import Page, Rejection
from povdata.read.html import is_html, render


def lines(html: str) -> list[str]:
    shown = render(html)
    found = shown.text.split("\n") if shown.text else []
    assert len(found) == len(shown.blocks)
    return found


def page(data: bytes | str, name: str = "a.html") -> Page:
    data = data.encode() if isinstance(data, str) else data
    return read.page(read.Raw(read.Source(Path(name), name), data, "0" * 64, len(data)))


ARTICLE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>
  山前县修通致富路 - 山前新闻网
</title>
<meta name="PubDate" content="2019-05-06 10:20"><meta property="og:title" content="山前县修通致富路">
<link rel="stylesheet canonical" href="https://news.example.cn/a/1.html">
<style>.x{color:red}</style><script>var title = "<p>不是正文</p>";</script></head>
<body><div id="nav" class="menu top"><ul><li><a href="/">首页</a></li><li><a href="/b">要闻</a></li></ul></div>
<!-- 注释里的话 -->
<h1>山前县修通致富路</h1>
<div class="info">时间：2019-05-06　来源：<a href="#">山前日报</a></div>
<div class="content"><p><img src="1.jpg"></p><p>新路边的果园。</p>
<p>　　本报讯 昨天，<b>山前县</b>
最后一条通村路
完工。</p>全村人都来了。<br>路有五公里长。<div>村民说：<span>好</span>！</div></div>
</body></html>"""


def test_a_page():
    assert lines(ARTICLE) == [
        "山前县修通致富路 - 山前新闻网",
        "首页",
        "要闻",
        "山前县修通致富路",
        "时间：2019-05-06　来源：山前日报",
        "新路边的果园。",
        "　　本报讯 昨天，山前县 最后一条通村路完工。",
        "全村人都来了。",
        "路有五公里长。",
        "村民说：好！",
    ]


def test_what_the_markup_knows():
    title, home, _, heading, info, caption, paragraph, *_ = render(ARTICLE).blocks
    assert (title.tag, title.path) == ("title", "head/title")
    assert (home.tag, home.path, home.link_density) == ("li", "body/div#nav.menu.top/ul/li", 1.0)
    assert (heading.tag, heading.link_density, heading.image) == ("h1", 0.0, False)
    assert info.link_density == pytest.approx(4 / 20)
    assert caption.image and not paragraph.image
    assert paragraph.strong == pytest.approx(3 / 19)
    assert (paragraph.tag, paragraph.path) == ("p", "body/div.content/p")


def test_head_and_address():
    shown = render(ARTICLE)
    assert shown.head == {
        "title": "山前县修通致富路 - 山前新闻网",
        "pubdate": "2019-05-06 10:20",
        "og:title": "山前县修通致富路",
        "canonical": "https://news.example.cn/a/1.html",
    }
    assert shown.url == "https://news.example.cn/a/1.html"


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ('<link rel=canonical href="/a/1.html"><p>文', None),
        (
            '<link rel=canonical href="javascript:x"><meta property="og:url" content="http://b.cn/2"><p>文',
            "http://b.cn/2",
        ),
        ("<!-- saved from url=(0024)http://news.example.cn/3 -->\n<html><p>文", "http://news.example.cn/3"),
        (
            "<!doctype html>\n<!-- Page saved by an add-on url: https://a.cn/x?y=1 -->\n<html><p>文",
            "https://a.cn/x?y=1",
        ),
        ("<p>文<!-- http://a.cn/ --></p>", None),
    ],
)
def test_address(html, url):
    assert render(html).url == url


def test_linked_data():
    head = render("""<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "站名"},
        {"@type": "NewsArticle", "headline": "题", "datePublished": "2019-05-06T10:20:00+08:00", "name": "文",
         "author": [{"name": "甲"}, {"name": "乙"}], "publisher": {"name": "丙报"}, "isFree": true}]}</script>
        <meta itemprop="dateUpdate" content="2019-05-07"><time datetime="2019-05-06">昨天</time>""").head
    assert head == {
        "ld:headline": "题",
        "ld:datepublished": "2019-05-06T10:20:00+08:00",
        "ld:name": "文",
        "ld:author": "甲,乙",
        "ld:publisher": "丙报",
        "dateupdate": "2019-05-07",
        "time": "2019-05-06",
    }


def test_broken_linked_data_still_tells():
    head = render(
        '<script type="application/ld+json">{"title": "他说"好"", "pubDate": "2019-05-06T10:20:00",}</script>'
    ).head
    assert head["ld:pubdate"] == "2019-05-06T10:20:00"


@pytest.mark.parametrize(
    "html", ["<script><!--<script></script>", "<script><!--<script>", "<p>文<script><!--<scripts></script>"]
)
def test_a_script_without_an_end(html):
    assert lines(html) == [c for c in html if c == "文"]


def test_half_a_surrogate_pair_is_left_out():
    assert render(r'<script type="application/ld+json">{"headline": "题\ud83d"}</script>').head == {"ld:headline": "题"}


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>var a = '<p>藏</p>';</script>",
        "<script><!--<script>藏</script>--> 藏</script>",
        "<script><!--\n document.write('<script>藏'); --></script>",
        "<script><!--<scripts>藏</script>",
        "<style>.藏{}</style>",
        "<template><p>藏</p></template>",
        "<noscript>藏</noscript>",
        "<textarea>藏</textarea>",
        "<iframe>藏</iframe>",
        "<!-- 藏 -->",
        "<![CDATA[ 藏 ]]>",
        "<svg><title>藏</title><text>藏</text></svg>",
        "<video>藏<p>藏</p></video>",
        '<input type="hidden" value="藏">',
        "<div hidden>藏<div>藏</div>藏</div>",
        '<div style="color:red; DISPLAY : none">藏<p>藏</p></div>',
        '<span style="visibility:hidden">藏</span>',
        '<div style="position:absolute;left:-9999px">藏</div>',
        '<h1 style="text-indent:-9999px">藏</h1>',
        '<i aria-hidden="true">藏</i>',
        "<dialog>藏</dialog>",
        "<ruby><rp>藏</rp></ruby>",
    ],
)
def test_hidden_text_is_no_text(hidden):
    assert lines(f"<title>题</title><p>前</p>{hidden}<p>后</p>") == ["题", "前", "后"]


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="margin-left:-9999px">见</div>',
        '<div style="display:block">见</div>',
        '<div data-note="display:none">见</div>',
        '<div aria-hidden="true">见</div>',
        "<details><summary>见</summary></details>",
        "<dialog open>见</dialog>",
        "<font color=red><center>见</center></font>",
    ],
)
def test_shown_text_is(shown):
    assert lines(f"<p>前</p>{shown}<p>后</p>") == ["前", "见", "后"]


STORY = "今年，全村种下了三百亩果树，修好了两条水渠。乡亲们说，日子一天比一天好。" * 4


@pytest.mark.parametrize(
    "wrapped",
    [
        '<div id="story" style="visibility: hidden; opacity: 0"><p>{}</p></div>',
        '<body style="display:none"><p>{}</p>',
        "<noscript><p>{}</p></noscript>",
        "<object><div>{}</div></object>",
    ],
)
def test_a_story_that_a_script_uncovers(wrapped):
    assert STORY in lines("<title>果树</title><div>首页</div>" + wrapped.format(STORY))


def test_a_hidden_block_beside_a_story_stays_hidden():
    html = f"<p>{STORY}</p><div style='display:none'>{STORY.replace('果树', '彩票') * 9}</div>"
    assert lines(html) == [STORY]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<xmp>一\n<b>二</b></xmp>三", ["一", "<b>二</b>", "三"]),
        ("<p>甲<br>乙<br/><br>丙</p>", ["甲", "乙", "丙"]),
        ("甲<p>乙</p>丙<hr>丁", ["甲", "乙", "丙", "丁"]),
        ("<p>一<b>二</b><i>三</i> 四</p>", ["一二三 四"]),
        ("<p>a  \n\t b</p>", ["a b"]),
        ("<p>第一句。\n   第二句</p>", ["第一句。第二句"]),
        ("<p>甲&nbsp;乙&#12288;丙&amp;lt;&copy;&#x4e01;</p>", ["甲\xa0乙\u3000丙&lt;©丁"]),
        ("<pre>一\n  二\n\n三</pre>", ["一", "  二", "三"]),
        ("<ul><li>一<li>二<ul><li>三</ul></ul>", ["一", "二", "三"]),
        ("<p>&nbsp;</p><p>\u200b</p><p>　</p><p>文</p>", ["文"]),
        ("<a href=x><p>一</p><p>二</p></a>", ["一", "二"]),
        ("<p>一<p>二<div>三", ["一", "二", "三"]),
        ("<span style='display:block'>一</span><span>二</span>", ["一", "二"]),
        ("<a href=1>甲</a><a href=2>乙</a>", ["甲 乙"]),
        ("<span><a href=1>甲</a></span><span><a href=2>乙</a></span>", ["甲 乙"]),
        ("<span class=d>05-06</span><span class=t>10:20</span>", ["05-06 10:20"]),
        ("<span>20</span><span>19</span><span class=x>年</span><span class=y>度</span>", ["2019年度"]),
        ("<p>一\u2028二\x0b三&#13;四\x85五</p>", ["一 二 三 四 五"]),
        ("<dl><dt>问<dd>答</dl>", ["问", "答"]),
        ("<form>甲<label>乙</label><select><option>丙<option>丁</select></form>", ["甲乙", "丙", "丁"]),
        ("</div>甲</b></table>乙", ["甲乙"]),
        ("<title>a</title><title>b</title><p>文", ["a", "文"]),
        ("<p title='a>b' alt=\"<p>\">文</p>", ["文"]),
        ("<wx-view<x>文</wx-view<x>", ["文"]),
    ],
)
def test_lines(html, expected):
    assert lines(html) == expected


def test_tables():
    assert lines("<table><tr><th>县<th>户数<tr><td>甲县<td><p>30</p><tr><td><td>合计</table>") == [
        "县\t户数",
        "甲县\t30",
        "合计",
    ]
    row = render("<table id=t><tr><td><a>甲</a><td>乙</table>").blocks[0]
    assert (row.tag, row.path, row.link_density) == ("tr", "body/table#t/tbody/tr", 0.5)


def test_a_table_that_lays_the_page_out():
    inner = "<table><tr><td>一<td>二</table>"
    html = f"<table><tr><td>首页<td>{inner}<p>正文一。<p>正文二。<td>右</table><table><tr><td>左<td>{STORY * 2}</table>"
    assert lines(html) == ["首页", "一\t二", "正文一。", "正文二。", "右", "左", STORY * 2]


def test_links_in_preformatted_text():
    assert [b.link_density for b in render("<pre>一\n二<a href=x>三\n四</a></pre>").blocks] == [0.0, 0.5, 1.0]


def test_icons_are_no_images():
    assert [b.image for b in render("<img width=16 src=i>甲<br><img width=600 src=p><br>乙<br>丙").blocks] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "suffix", "html"),
    [
        (ARTICLE, ".txt", True),
        ("\ufeff \n<!-- x --><HTML lang=zh><body>文", "", True),
        ("<?xml version='1.0'?>\n<html xmlns='x'><body>文</body></html>", ".text", True),
        ("<div class=a><p>文</p></div>", ".txt", True),
        ("HTTP/1.1 200 OK\n\n<html><body>文</body></html>", "", True),
        ("<p>文", ".html", True),
        ("没有标签的一行\n又一行", ".html", False),
        ("会议召开</div>\n会议强调<br>落实", ".txt", False),
        ("<本报讯> 会议召开 <p>", ".txt", False),
        ("<<意见>>要求", ".txt", False),
        ("", ".html", False),
    ],
)
def test_what_is_html(text, suffix, html):
    assert is_html(text, suffix) is html


@pytest.mark.parametrize("declared", ["gb2312", "big5", "iso-8859-1", "utf-16", "none-such"])
@pytest.mark.parametrize("actual", ["utf-8", "gb18030"])
def test_a_declared_charset_counts_for_nothing(declared, actual):
    found = page(ARTICLE.replace("utf-8", declared).encode(actual))
    assert (found.encoding, found.media_type, found.text) == (actual, "text/html", render(ARTICLE).text)


def test_page():
    found = page(ARTICLE, "a.txt")
    assert found.media_type == "text/html"
    assert (found.url, found.head["pubdate"]) == ("https://news.example.cn/a/1.html", "2019-05-06 10:20")
    assert found.text.count("\n") + 1 == len(found.blocks)


def test_html_without_text_is_empty():
    with pytest.raises(Rejection) as caught:
        page("<html><body><script>render()</script></body></html>")
    assert caught.value.error == "empty" and "HTML" in caught.value.message


def test_xhtml_may_close_what_html_may_not():
    html = '<html><head><title/><script src="a.js" /></head><body><p>文</p></body></html>'
    assert lines(f'<?xml version="1.0" encoding="utf-8"?>{html}') == ["文"]


@pytest.mark.parametrize(
    "tag", ["div", "span", "b", "font color=red", "table><tr><td", "ul><li", "a href=x", "svg", "blockquote"]
)
def test_ten_thousand_levels(tag):
    shown = render(f"<{tag}>文" * 10_000)
    assert shown.text.count("文") in (0, 10_000)
    assert max((len(b.path) for b in shown.blocks), default=0) < 1000


def test_open_formatting_does_not_multiply():
    assert len(lines("".join(f"<i {n}>文<p>" for n in range(5_000)))) == 5_000


@pytest.mark.parametrize(
    "piece", ["<b ", "<", "<!--", "<a href='", "<plaintext><!--", "<script>", "&", "<svg>", "]]>", "\n"]
)
def test_a_megabyte_of_one_thing(piece):
    render(piece * (1_000_000 // len(piece)))


def test_a_long_line_and_many_lines():
    assert len(lines("<p>" + "文。" * 2_000_000)[0]) == 4_000_000
    assert len(lines("<p>文。</p>\n" * 100_000)) == 100_000


@given(
    st.lists(
        st.sampled_from(
            "<p> </p> <div> </div> <br> <a href='x'> </a> <table> <tr> <td> </table> <script> </script> <!-- --> <pre> "
            "</pre> < > & &# &lt; \" ' = <b <title> </title> <svg> </svg> <li> <span class=a> </span> hidden 文 a 1 "
            "<noscript> </noscript> <select> <option> <style> <template> <frameset> <plaintext> <textarea> <h1>".split()
        )
        | st.sampled_from([" ", "\n", "\r\n", "\t", "\u3000", "\x85", "\ufeff", "\u2028"])
        | st.text(max_size=3),
        max_size=60,
    ).map("".join)
)
@example("<title>\u3000")
@example("\x1f")
def test_malformed_markup_never_raises(html):
    shown = render(html)
    found = lines(html)
    assert all(line.strip() for line in found)
    assert not any(c in shown.text for c in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
    assert all(0 <= b.link_density <= 1 and 0 <= b.strong <= 1 for b in shown.blocks)
    assert all(key == key.lower() and value for key, value in shown.head.items())
