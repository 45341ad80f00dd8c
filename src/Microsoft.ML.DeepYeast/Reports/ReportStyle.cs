namespace Microsoft.ML.DeepYeast.Reports;

/// <summary>How a report looks: on a light and on a dark screen, and on paper.</summary>
internal static class ReportStyle
{
    public const string Css = """

        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --line: #c8ced4; --band: #f3f5f7; --link: #0b5cad; }
        @media screen and (prefers-color-scheme: dark) {
          :root { --ink: #e6e8ea; --soft: #a9b1b9; --paper: #15181c; --line: #3d444c; --band: #1f2429; --link: #7db8f0; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.5rem; max-width: 62rem; background: var(--paper); color: var(--ink); font: 16px/1.5 Arial, "Liberation Sans", Helvetica, sans-serif; }
        h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.35rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 2px solid var(--line); }
        h3 { font-size: 1.05rem; margin: 1.25rem 0 .5rem; overflow-wrap: anywhere; }
        p { margin: .5rem 0; max-width: 46rem; }
        .lead { font-size: 1.1rem; }
        .note, figcaption, small { color: var(--soft); }
        a { color: var(--link); }
        nav ol { margin: 1rem 0; padding-left: 1.5rem; columns: 2 18rem; }
        .scroll { overflow-x: auto; margin: 1rem 0; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-weight: bold; padding: .25rem 0 .5rem; }
        th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
        th { font-weight: bold; }
        tbody th { font-weight: normal; }
        thead th { background: var(--band); vertical-align: bottom; }
        th.text, td.text { text-align: left; overflow-wrap: break-word; max-width: 40rem; }
        .confusion td, .confusion th { border: 1px solid var(--line); }
        .confusion td { text-align: center; min-width: 3.6rem; padding: .3rem; }
        .confusion tbody th { white-space: nowrap; }
        .confusion thead tr + tr th { text-align: center; font-weight: normal; }
        .confusion.many thead tr + tr th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; vertical-align: middle; white-space: nowrap; padding: .6rem .3rem; border-top-width: 0; }
        .confusion.many td { min-width: 3.2rem; }
        .confusion td.right { outline: 2px solid var(--ink); outline-offset: -2px; font-weight: bold; }
        .confusion small { display: block; font-weight: normal; color: inherit; }
        .mark svg { width: 1em; height: 1em; vertical-align: -.1em; }
        figure { margin: 1rem 0; max-width: 45rem; }
        figure svg { width: 100%; height: auto; display: block; }
        figcaption { margin-top: .25rem; font-size: .95rem; }
        details { margin: 1rem 0; }
        summary { cursor: pointer; color: var(--link); }
        .cells { list-style: none; margin: .5rem 0 1rem; padding: 0; display: flex; flex-wrap: wrap; gap: .75rem 1rem; }
        .cells li { display: flex; flex-direction: column; font-size: .85rem; }
        .cells span { overflow-wrap: anywhere; max-width: 26rem; }
        .cells img { image-rendering: pixelated; background: transparent; }
        .cells img.example { height: 6rem; }
        .cells img.explained { height: 8.5rem; }
        .cells li:has(.example) span { max-width: 12.2rem; }
        .cells span + span, .cells .example + span { color: var(--soft); }
        :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
        @media print {
          @page { margin: 15mm; }
          html { font-size: 10pt; }
          body { max-width: none; padding: 0; font-size: 10pt; }
          nav { display: none; }
          .scroll { overflow: visible; }
          * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
          h2, h3, caption { break-after: avoid; }
          figure, tr, .scroll, .cells li { break-inside: avoid; }
          details .scroll { break-inside: auto; }
          thead { display: table-header-group; }
          figure { max-width: 150mm; }
          details.printed::details-content { content-visibility: visible; height: auto; }
          .cells img.example { height: 18mm; }
          .cells img.explained { height: 26mm; }
          th, td { padding: .15rem .4rem; }
          .confusion.many { font-size: 8pt; }
          .confusion td, .confusion.many td { min-width: 0; padding: .15rem .25rem; }
        }

        """;
}
