import { type Role, roleColor, schemeRules } from '../drawing/palette.ts';

const VARIABLES: readonly Role[] = ['paper', 'panel', 'ink', 'soft', 'line', 'faint', 'hull'];

function variables(scheme: 'light' | 'dark'): string {
  return `:root{${VARIABLES.map((role) => `--${role}:${roleColor(role, scheme)}`).join(';')}}`;
}

const LAYOUT = `
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
  font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;
  -webkit-text-size-adjust:100%}
main,header,footer{max-width:66rem;margin:0 auto;padding:0 clamp(1rem,4vw,2.5rem)}
header{padding-top:clamp(2rem,7vw,4.5rem)}
h1{font-size:clamp(1.9rem,5.5vw,2.9rem);line-height:1.12;letter-spacing:-.022em;margin:0 0 .7rem;text-wrap:balance}
h2{font-size:1.45rem;line-height:1.2;letter-spacing:-.012em;margin:4.2rem 0 .6rem;padding-top:1.1rem;
  border-top:1px solid var(--line)}
p{margin:.5rem 0;max-width:44rem;text-wrap:pretty;overflow-wrap:anywhere}
header p{font-size:1.12rem;color:var(--soft)}
header .trust{font-size:1rem;max-width:60rem;font-variant-numeric:tabular-nums}
.trust b{color:var(--ink);font-weight:600}
.synthetic{display:inline-block;border:1px solid var(--line);border-radius:2rem;padding:.1rem .8rem;font-size:.85rem;
  color:var(--soft);margin:0 0 1rem}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.3rem;max-width:66rem;margin:1rem auto 0;padding:.5rem clamp(1rem,4vw,2.5rem);font-size:.95rem;
  position:sticky;top:0;background:var(--paper);z-index:3}
section{scroll-margin-top:3rem}
a{color:inherit;text-decoration-color:var(--line);text-underline-offset:.25em}
a:hover{text-decoration-color:currentColor}
figure{margin:1.4rem 0 0}
figure svg.figure{display:block;width:100%;height:auto}
figure svg.figure text{font-family:inherit}
figure.curve{max-width:40rem}
figcaption{margin-top:.8rem;color:var(--soft);font-size:.95rem;max-width:44rem}
#figure-2-box svg.figure,#figure-3-box svg.figure{max-height:max(94vh,36rem)}
.tall{display:none}
.legend{list-style:none;margin:1.4rem 0 0;padding:0;display:grid;gap:.55rem 2rem;
  grid-template-columns:repeat(auto-fill,minmax(13rem,1fr))}
.legend li{display:flex;align-items:center;gap:.65rem;border-bottom:1px solid var(--line);padding-bottom:.5rem}
.legend li span:last-child{margin-left:auto;font-variant-numeric:tabular-nums}
.badge{flex:none;vertical-align:middle}
.sign{display:inline-flex;white-space:nowrap;align-items:center;gap:.6rem}
.scroll{overflow-x:auto;margin:1.3rem 0 0;scrollbar-width:thin}
.scroll:focus-visible{outline:2px solid var(--soft);outline-offset:4px}
details{margin:1.3rem 0 0}
summary{cursor:pointer;font-weight:600}
details .scroll{margin-top:.5rem}
table{border-collapse:collapse;min-width:min(100%,42rem);font-size:.95rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding-bottom:.45rem;caption-side:top}
th,td{text-align:left;padding:.46rem 1.1rem .46rem 0;vertical-align:top;border-bottom:1px solid var(--line);
  max-width:26rem;overflow-wrap:break-word;unicode-bidi:isolate}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-weight:400;font-size:.85rem;white-space:nowrap;vertical-align:bottom}
tbody th{font-weight:500;min-width:6.5rem}
td:not(.number){min-width:4rem}
.number{text-align:right;white-space:nowrap}
.number+:not(.number){padding-left:1.1rem}
.bar{display:block;height:3px;width:100%;margin-top:.3rem;min-width:4rem;fill:var(--soft);opacity:.45}
.notes{margin:1rem 0 0;padding-left:1.1rem;color:var(--soft);font-size:.95rem;max-width:44rem}
.notes li{margin:.25rem 0;overflow-wrap:anywhere}
footer{margin-top:5rem;padding-top:1.1rem;padding-bottom:3.5rem;color:var(--soft);font-size:.88rem}
@media (min-width:62rem){.wide svg.figure{width:calc(100% + 4.4rem);margin:0 -2.2rem}}
@media (max-width:40rem){
  nav{position:static}
  .wide{display:none}
  .tall{display:block}
  .legend{grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.45rem 1.3rem}
  .marker{transform-box:fill-box;transform-origin:center;transform:scale(1.6)}
  #figure-3-box .marker{transform:scale(1.3)}
  #figure-3-box text{font-size:30px}
  #figure-4-box .marker{transform:none}
  h2{margin-top:3rem}
}
@media print{nav{display:none}h2{break-after:avoid}figure,tr{break-inside:avoid}}
`;

/** The report's style sheet: light by default, dark where the reader's system asks for it, figures included. */
export function reportStyle(): string {
  return (
    `${variables('light')}${LAYOUT}` +
    `@media (prefers-color-scheme:dark){${variables('dark')}${schemeRules('dark')}}`
  );
}
