"""The rows behind a number: the report's own tables, as a page and as comma-separated values."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.model.language import _
from pardus.report.appendix import comma_separated
from pardus.report.numbers import plain
from pardus.report.trace import Rows
from pardus.web.desk import Desk
from pardus.web.pages.common import show
from pardus.web.pages.waiting import wait
from pardus.web.ready import soon
from pardus.web.view import page

ON_A_PAGE = 200


def routes(desk: Desk) -> list[Route]:
    """Return the one route. A column's name in the address keeps the rows that have this text in it."""

    def rows(request: Request) -> Response:
        tables = soon(desk, "tables")
        if tables is None:
            return wait(desk, request, "tables", "estimate", _("Rows behind a number"))
        name = request.path_params["table"]
        if name not in tables:
            raise HTTPException(404)
        table: Rows = tables[name]
        asked = {k: v for k, v in request.query_params.items() if k in table.columns}
        places = [(table.columns.index(k), v) for k, v in asked.items()]
        kept = [row for row in table.rows if all(str(row[at] or "") == text for at, text in places)]
        if request.query_params.get("form") == "csv":
            lines = [comma_separated(table.columns), *(comma_separated(row) for row in kept)]
            text = "".join(f"{plain(line)}\r\n" for line in lines)
            return Response(
                text.encode("utf-8-sig"),
                media_type="text/csv; charset=utf-8",
                headers={"content-disposition": f'attachment; filename="{name}.csv"'},
            )
        numeric = [
            all(isinstance(row[n], int | float | None) for row in kept) for n in range(len(table.columns))
        ]
        start = request.query_params.get("from", "0")
        first = int(start) if start.isdigit() and len(start) < 9 else 0
        return page(
            desk, request, "rows.html.j2", here="estimate", table=name, columns=table.columns, total=len(kept),
            rows=kept[first : first + ON_A_PAGE], first=first, step=ON_A_PAGE, asked=asked, query=urlencode(asked),
            numeric=numeric,
        )  # fmt: skip

    return [show(desk, "/rows/{table}", rows)]
