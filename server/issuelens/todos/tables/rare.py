"""Languages that few files are written in, and small ones of one tool; most have the comments of better known ones."""

from __future__ import annotations

from typing import Final

from issuelens.todos.forms import (
    BLANK,
    C_BLOCK,
    C_NESTED,
    COLUMN,
    DASHES,
    DOUBLE,
    DOUBLE_LINES,
    HASH,
    PAIRED_SINGLE,
    PERCENT,
    SEMICOLON,
    SHELL_HASH,
    SINGLE,
    SLASHES,
    WORD,
    XML_BLOCK,
    Block,
    Form,
    Line,
    Quoted,
    Section,
    Skipped,
    quoted,
)
from issuelens.todos.language import Holding, Language

_STARS: Final = Block(opener="(*", closer="*)", is_nested=True)
_FIRST_STAR: Final = Line(opener="*", is_first=True)


def _page(
    name: str, *blocks: tuple[str, str], holding: Holding = Holding.HTML, lines: tuple[Form, ...] = ()
) -> Language:
    forms = (XML_BLOCK, *(Block(opener=opener, closer=closer) for opener, closer in blocks), *lines)
    return Language(name, forms, holding=holding)


RARE: Final = (
    Language("roff", (*(Line(opener=one, only_behind=COLUMN) for one in ('.\\"', "'\\\"")), Line(opener='\\"'))),
    Language(
        "texinfo",
        (
            Section(opener="@ignore", only_behind=COLUMN, closer="@end ignore", is_alone=True),
            *(Line(opener=one, not_before=WORD) for one in ("@comment", "@c")),
        ),
    ),
    Language(
        "sas",
        (
            Block(opener="%*", closer=";", is_first=True),
            Block(opener="*", closer=";", is_first=True),
            Block(opener="; *", closer=";"),
            C_BLOCK,
            quoted('"', escape="", doubled=True),
            PAIRED_SINGLE,
        ),
    ),
    Language(
        "spss",
        (
            Line(opener="comment", is_first=True, ignores_case=True, only_before=" \t"),
            _FIRST_STAR,
            C_BLOCK,
            PAIRED_SINGLE,
        ),
    ),
    Language("j", (Line(opener="NB.", not_behind=WORD), PAIRED_SINGLE)),
    Language("q", (Line(opener="/", is_first=True), Line(opener="/", only_behind=" \t"), DOUBLE)),
    Language("dashes", (DASHES, C_BLOCK, DOUBLE)),
    Language("semicolons", (SEMICOLON, DOUBLE)),
    Language("postscript", (Skipped(opener="\\", count=1), PERCENT, Quoted(opener="(", closer=")", spans_lines=True))),
    Language("percents", (PERCENT, C_BLOCK, DOUBLE)),
    Language(
        "autoit",
        (
            *(
                Section(opener=opener, closer=closer, is_first=True, ignores_case=True)
                for opener, closer in (("#comments-start", "#comments-end"), ("#cs", "#ce"))
            ),
            SEMICOLON,
            quoted('"', escape="", doubled=True),
            PAIRED_SINGLE,
        ),
    ),
    Language("nsis", (SEMICOLON, SHELL_HASH, C_BLOCK, DOUBLE, SINGLE)),
    Language(
        "innosetup",
        (
            Line(opener=";", is_first=True),
            SLASHES,
            Block(opener="{ ", closer="}"),
            quoted('"', escape="", doubled=True),
            PAIRED_SINGLE,
        ),
    ),
    Language(
        "gams",
        (
            Section(opener="$ontext", closer="$offtext", only_behind=COLUMN, ignores_case=True),
            Line(opener="*", only_behind=COLUMN),
            DOUBLE,
            PAIRED_SINGLE,
        ),
    ),
    Language("maple", (HASH, _STARS, DOUBLE)),
    Language("scilab", (SLASHES, C_BLOCK, DOUBLE)),
    Language("exclamations", (Line(opener="!", is_first=True),)),
    Language("factor", (Line(opener="! ", only_behind=BLANK), DOUBLE)),
    Language("lilypond", (Block(opener="%{", closer="%}"), PERCENT, DOUBLE_LINES)),
    Language("slashes-and-percents", (SLASHES, PERCENT, C_BLOCK, DOUBLE)),
    Language(
        "m68k",
        (Line(opener="|", only_behind=BLANK), SLASHES, C_BLOCK, SEMICOLON, Line(opener="#", is_first=True), DOUBLE),
    ),
    Language("vim9", (SHELL_HASH, DOUBLE, PAIRED_SINGLE)),
    Language("tla", (Line(opener="\\*"), _STARS, DOUBLE)),
    Language("slashes-and-dashes", (SLASHES, DASHES, C_BLOCK, DOUBLE)),
    Language("slashes-and-stars", (SLASHES, _STARS, DOUBLE_LINES)),
    Language("hashes-and-dashes", (HASH, DASHES, Block(opener="{", closer="}"), DOUBLE)),
    Language("surreal", (DASHES, HASH, SLASHES, C_BLOCK, DOUBLE, SINGLE)),
    Language("pari", (Line(opener="\\\\"), C_BLOCK, DOUBLE)),
    Language("xquery", (Block(opener="(:", closer=":)", is_nested=True), DOUBLE_LINES)),
    Language("rexx", (C_NESTED, DASHES, quoted('"'), PAIRED_SINGLE)),
    Language("rpg", (SLASHES, *(Line(opener=f"{gap}*", only_behind=COLUMN) for gap in ("      ", "     C", "     H")))),
    Language("foxpro", (_FIRST_STAR, Line(opener="&&"), DOUBLE, SINGLE)),
    Language("subtitles", (Line(opener="NOTE", only_behind=COLUMN, only_before=" \t"),)),
    Language("scribble", (Block(opener="@;{", closer="}"), Line(opener="@;"))),
    Language("spice", (Line(opener="*", only_behind=COLUMN), Line(opener="; "), Line(opener="$ "))),
    Language(
        "red",
        (Block(opener="comment {", closer="}"), SEMICOLON, DOUBLE, Quoted(opener="{", closer="}", spans_lines=True)),
    ),
    _page("jsp", ("<%--", "--%>"), holding=Holding.TEMPLATE),
    _page("aspx", ("<%--", "--%>"), holding=Holding.TEMPLATE),
    _page("asp", ("<%--", "--%>"), holding=Holding.TEMPLATE),
    _page("heex", ("<%!--", "--%>"), ("<%#", "%>"), holding=Holding.TEMPLATE),
    _page("cfm", ("<!---", "--->")),
    _page("mako", ("<%doc>", "</%doc>"), holding=Holding.TEMPLATE, lines=(Block(opener="## ", closer="\n"),)),
    _page("freemarker", ("<#--", "-->")),
    _page("velocity", ("#*", "*#"), lines=(Block(opener="##", closer="\n"),)),
    _page("smarty", ("{*", "*}")),
    _page("dust", ("{!", "!}")),
    _page("gotemplate", ("{{/*", "*/}}"), ("{{- /*", "*/ -}}"), ("{{-/*", "*/-}}")),
    Language("t4", (SLASHES, C_BLOCK, DOUBLE)),
)


def turned(table: dict[str, str]) -> dict[str, str]:
    """Names by what is listed for them, turned round."""
    return {one: name for name, ones in table.items() for one in ones.split()}


RARE_EXTENSIONS: Final = turned(
    {
        "roff": "1 2 3 4 5 6 7 8 9 man mdoc roff troff nroff ms me mom",
        "texinfo": "texi texinfo txi",
        "sas": "sas",
        "spss": "sps",
        "j": "ijs ijt",
        "q": "q k",
        "dashes": "e asn asn1 mib  moon yue tl nelua u unison m2 xmobarrc  ",
        "semicolons": "logo lgo bnf abnf  psc smt2 smt orc csd sco gcode zone j def kbd yuck fnl hy lfe carp clar"
        " fc   reds",
        "red": "red reb rebol r3",
        "postscript": "ps eps",
        "percents": "mzn dzn lp abc mcrl2 pvs rd mp mf ",
        "autoit": "au3",
        "nsis": "nsi nsh",
        "innosetup": "iss isl",
        "gams": "gms",
        "maple": "mpl",
        "exclamations": "xresources xdefaults xrdb",
        "factor": "factor",
        "scilab": "sci sce",
        "lilypond": "ly ily",
        "tla": "tla",
        "slashes-and-dashes": "als dax malloy ",
        "slashes-and-stars": "fst fsti mligo ",
        "hashes-and-dashes": "4gl",
        "surreal": "surql",
        "pari": "pari",
        "xquery": "xq xquery xqy xql xqm",
        "rexx": "rexx rex",
        "rpg": "rpg rpgle sqlrpgle",
        "foxpro": "prg",
        "subtitles": "vtt",
        "scribble": "scrbl",
        "spice": "cir spice ckt",
        "jsp": "jsp jspf jspx tag tagx",
        "aspx": "aspx ascx ashx asax master",
        "asp": "asp",
        "heex": "heex eex leex",
        "cfm": "cfm cfml",
        "mako": "mako ",
        "freemarker": "ftlh ftlx",
        "velocity": "vm vtl",
        "smarty": "smarty latte",
        "dust": "dust",
        "gotemplate": "gohtml gotmpl tmpl",
        "t4": "tt ttinclude",
        "blade": "edge",
        "mathematica": "ebnf ",
        "ocaml": "ur urs scilla",
        "coq": "why mlw",
        "proto": "cairo cdc yang pegjs peggy ohm uc pwn sma mq4 mq5 mqh x10 ck scd pov asy dl pml grain pkl"
        " lsl jj jjt soy templ ceylon pony sqf nc blp rasi aidl hal bp hlb dox tsp cds tact ligo teal yul huff fe sw"
        " leo aleo ak qs qasm ox mag bsh bru ets cj jai c3 ha zs cypher cyp kql kusto csl pq flux dbml"
        " modulemap pbtxt textproto mlir td wit ptx il va p pli clle bt bpf ec g mac monkey gtpl mint",
        "thrift": "nut bal hjson http civet vcl drl stp stan ring io drools",
        "c": "i x",
        "dts": "dtso overlay keymap",
        "glsl": "vs  rchit rgen rmiss",
        "conf": "peg ne resource d2 pikchr elv varlink rviz promql lkml edgeql esdl shex n3 nt bugs jags ampl"
        " gap gi  rest tape sk xdc sdc ucf qsf sby smali gdb te roc imba bend wdl mcfunction  pc lang "
        " theme  ldif msg srv action  gitconfig gitmessage sls unity sln",
        "yaml": "raml",
        "xml": "launch urdf xacro sdf uxml entitlements jrxml bpmn wxml axml ps1xml mxml dita ditamap fxml kml gpx"
        " vssettings ruleset appxmanifest manifest vsixmanifest",
        "html": " nvue xhtml svg",
        "vue": "nvue",
        "css": "uss qss wxss acss",
        "perl": "pod",
        "erb": "ecr",
        "scala": "mill",
    }
)

RARE_FILE_NAMES: Final = turned(
    {
        "exclamations": ".xresources .xdefaults",
        "m4": "configure.in",
        "hashes": "file_contexts .gitmessage lombok.config ssh_config known_hosts .bazelignore .stignore",
        "conf": "config control httpd.conf haproxy.cfg",
        "yaml": ".prettierrc",
        "makefile": "makefile.inc makefile.in makefile.common",
        "dashes": ".xmobarrc",
        "coffeescript": "cakefile",
        "proto": "firestore.rules storage.rules android.bp",
    }
)
