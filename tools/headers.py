# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""The public names of the headers and their `///`, as libclang reads them on the simulator's side.

Public is what stands in namespace lanefold, or in one of its namespaces other than `detail`, `backend`, `traits` and
`sim`, in any header but those of backend/ and sim/; and macros: all that these headers leave defined, and those of
backend/config.cuh that have a `///`.
"""
import dataclasses
import re
import shutil
import subprocess
import sys

try:
    from clang import cindex
    from clang.cindex import CursorKind
except ImportError:
    print("libclang is missing: the headers are not read. ./dev setup puts it into .venv: run .venv/bin/python", *sys.argv)
    sys.exit(77)

FIELDS = ("Group", "Value", "Operator", "Call", "Result", "Memory", "Cost", "Errors", "Source", "Example")
NOT_PUBLIC = {"detail", "backend", "traits", "sim"}
MACRO = re.compile(r"((?:^///.*\n)*)(?:^#ifndef.*\n)?^#define (\w+)(\([^)]*\))?", re.MULTILINE)
PARAMETERS_OF_TEMPLATES = (CursorKind.TEMPLATE_TYPE_PARAMETER, CursorKind.TEMPLATE_NON_TYPE_PARAMETER,
                           CursorKind.TEMPLATE_TEMPLATE_PARAMETER)
TYPES = (CursorKind.CLASS_DECL, CursorKind.STRUCT_DECL, CursorKind.CLASS_TEMPLATE, CursorKind.ENUM_DECL)
HIDDEN = (cindex.AccessSpecifier.PRIVATE, cindex.AccessSpecifier.PROTECTED)
FUNCTIONS = (CursorKind.FUNCTION_DECL, CursorKind.FUNCTION_TEMPLATE, CursorKind.CXX_METHOD, CursorKind.CONSTRUCTOR)


@dataclasses.dataclass
class Declaration:
    header: str     # from include/lanefold on: base/status.hpp
    line: int
    name: str       # with its namespace below lanefold
    kind: str       # verb (its first parameter is a group, or, as in tensor::, a queue), function, type, constant, macro
    signature: str  # shortened: (group, value, op) -> Value
    comment: str    # without the slashes; empty where there is none
    members: list = dataclasses.field(default_factory=list)  # of a type: those that have a comment

    def parts(self):
        """(summary, [(field, text)]): a field is one of FIELDS or a parameter, `name`."""
        summary, *bullets = re.split(r"^- ", self.comment, flags=re.MULTILINE)
        return summary, [(field, text) for field, _, text in (bullet.partition(": ") for bullet in bullets)]


def text_of(comment):
    return "\n".join(re.sub(r"^\s*///<? ?", "", line) for line in (comment or "").splitlines())


def default_of(cursor):
    """What stands behind the = of a parameter, or nothing."""
    tokens = [token.spelling for token in cursor.get_tokens()]
    return "".join(tokens[tokens.index("=") + 1:]) if "=" in tokens else ""


def signature_of(cursor):
    """`(group, value, op = plus{}) -> Value` of a function, `<Block, Values...>` of a template."""
    templates = {child.spelling: child for child in cursor.get_children()
                 if child.kind in PARAMETERS_OF_TEMPLATES and child.spelling}
    if cursor.kind == CursorKind.UNEXPOSED_DECL:  # a variable template, which libclang does not take apart
        text = " ".join(token.spelling for token in cursor.get_tokens())
        found = re.match(r"template < (.+?) > (?:constexpr|inline)", text)
        names = [piece.partition(" =")[0].split()[-1] for piece in found[1].split(" , ")] if found else []
        return f"<{', '.join(name for name in names if name != 'class')}>" if names else ""
    if cursor.kind not in FUNCTIONS:
        packs = [name + "..." * any(token.spelling == "..." for token in child.get_tokens())
                 for name, child in templates.items()]
        return f"<{', '.join(packs)}>" if packs else ""
    shown, types = [], []
    for parameter in (child for child in cursor.get_children() if child.kind == CursorKind.PARM_DECL):
        types.append(parameter.type.spelling)
        if types[-1].endswith("call_site") or not parameter.spelling:
            continue
        default = default_of(parameter)
        if default == "{}" and types[-1] in templates:
            default = default_of(templates[types[-1]]) + "{}"
        shown.append(parameter.spelling + "..." * types[-1].endswith("...") + (f" = {default}" if default else ""))
    # What the arguments do not tell, the caller writes.
    asked = [name for name, child in templates.items()
             if not default_of(child) and not re.search(rf"\b{name}\b", " ".join(types))]
    result = re.sub(r"\b(lanefold|on_simulator|detail)::", "", cursor.result_type.spelling)
    result = re.sub(r"\bconst (\w+)", r"\1 const", re.sub(r" ([*&])", r"\1", result.replace("unsigned int", "unsigned")))
    told = result and result not in ("void", "auto", "decltype(auto)") and cursor.kind != CursorKind.CONSTRUCTOR
    return (f"<{', '.join(asked)}>" if asked else "") + f"({', '.join(shown)})" + (f" -> {result}" if told else "")


def kind_of(cursor, name):
    if cursor.kind in FUNCTIONS:
        first = next((child.type.spelling for child in cursor.get_children() if child.kind == CursorKind.PARM_DECL), "")
        on_queue = "::" in name and re.fullmatch(r"(lanefold::)?queue &", first)
        return "verb" if on_queue or re.match(r"(const )?Group\b", first) else "function"
    return "constant" if cursor.kind in (CursorKind.VAR_DECL, CursorKind.UNEXPOSED_DECL) else "type"


def declaration(cursor, name, header):
    members = [declaration(child, child.spelling, header) for child in cursor.get_children()
               if cursor.kind in TYPES and child.raw_comment and child.access_specifier not in HIDDEN]
    return Declaration(header, cursor.location.line, name, kind_of(cursor, name), signature_of(cursor),
                       text_of(cursor.raw_comment), members)


def read(root):
    """Every public declaration of root/include/lanefold: headers in alphabetical order, each from top to bottom."""
    include = root / "include"
    folder = include / "lanefold"
    headers = [path for path in sorted(folder.rglob("*")) if path.suffix in (".cuh", ".hpp")]
    public = {str(path): str(path.relative_to(folder)) for path in headers
              if path.relative_to(folder).parts[0] not in ("backend", "sim")}
    found = []

    def walk(cursor, namespaces):
        for child in cursor.get_children():
            path = child.location.file and child.location.file.name
            if child.kind == CursorKind.NAMESPACE:
                if child.spelling not in NOT_PUBLIC:
                    inline = cindex.conf.lib.clang_Cursor_isInlineNamespace(child)
                    walk(child, namespaces if inline or not cursor.kind == CursorKind.NAMESPACE
                         else [*namespaces, child.spelling])
            elif path in public and cursor.kind == CursorKind.NAMESPACE and re.fullmatch(r"\w+", child.spelling):
                found.append(declaration(child, "::".join([*namespaces, child.spelling]), public[path]))

    compiler = next(filter(None, map(shutil.which, ("c++", "g++", "clang++"))), "c++")
    builtin = subprocess.run([compiler, "-print-file-name=include"], capture_output=True, text=True, check=True).stdout.strip()
    unit = cindex.Index.create().parse(
        "all.cpp", ["-std=c++17", "-DLANEFOLD_SIMULATOR=1", f"-I{include}", f"-isystem{builtin}"],
        [("all.cpp", "".join(f'#include "{path}"\n' for path in public))],
        cindex.TranslationUnit.PARSE_SKIP_FUNCTION_BODIES)
    if wrong := [str(each) for each in unit.diagnostics if each.severity >= cindex.Diagnostic.Error]:
        sys.exit("libclang cannot read the headers:\n" + "\n".join(wrong))
    walk(unit.cursor, [])
    for path in headers:
        for macro in MACRO.finditer(text := path.read_text()):
            comment, name, parameters = macro.groups(default="")
            header, line = str(path.relative_to(folder)), text.count("\n", 0, macro.end()) + 1
            if f"#undef {name}" not in text if str(path) in public else comment and header == "backend/config.cuh":
                found.append(Declaration(header, line, name, "macro", parameters, text_of(comment)))
    return sorted(found, key=lambda each: (each.header, each.line))
