(() => {
  const d = document, root = d.documentElement, $ = (s) => d.querySelector(s), $$ = (s) => [...d.querySelectorAll(s)];
  const box = $('#q'), hits = $('#hits'), list = $('#hits ul'), say = $('#hits p'), fold = $('#fold'), nav = $('.contents');
  root.classList.add('js');
  $$('[data-js]').forEach((e) => { e.hidden = false; });
  const on = (e, name, act, more) => e?.addEventListener(name, act, more);
  const make = (name, more) => Object.assign(d.createElement(name), more);
  $$('h3[id], h4[id]').forEach((e) => e.append(' ', make('a', { className: 'anchor', href: '#' + e.id, textContent: '#', ariaLabel: 'Link to ' + e.textContent })));
  $$('.examples pre, .connect pre').forEach((e) => e.before(make('button', { type: 'button', className: 'copy', textContent: 'Copy' })));

  const entry = (title, id, more = '', kind = id === 'top' ? 'tag' : id.split('-')[0]) => [title, id, kind, (title + ' ' + id + ' ' + more).toLowerCase()];
  let known;
  const told = () => JSON.parse($('#index').text);
  const listed = (more) => $$('.contents li li a').map((e) => entry(e.querySelector('bdi').textContent, e.hash.slice(1), more[e.hash.slice(1)]));
  const index = () => known ||= listed(Object.fromEntries(told())).concat(
    told().map(([id, more, title]) => title && entry(title, id, more)),
    $$('.tree li[id]').map((e) => {
      const line = e.querySelector('dfn'), own = e.querySelector(':scope > .limits, :scope > details > .limits'), card = e.closest('.message, .card').querySelector('h3 bdi, h4 bdi');
      return line && entry(line.textContent, e.id, (own?.textContent || '') + ' ' + card.textContent, 'in ' + card.textContent);
    })).filter(Boolean);
  const search = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    hits.hidden = !words.length;
    const found = words.length ? index().filter((e) => words.every((w) => e[3].includes(w))) : [];
    const rank = (e) => { const t = e[0].toLowerCase(), q = words.join(' '); return t === q ? 0 : t.startsWith(q) ? 1 : t.includes(q) ? 2 : words.every((w) => t.includes(w)) ? 3 : 4; };
    say.textContent = found.length === 1 ? '1 match' : found.length + ' matches';
    list.replaceChildren(...found.sort((a, b) => rank(a) - rank(b)).slice(0, 50).map((e) => {
      const item = make('li'), link = make('a', { href: '#' + e[1] });
      link.append(make('bdi', { textContent: e[0] }), make('span', { textContent: e[2] }));
      item.append(link);
      return item;
    }));
  };
  const close = () => { hits.hidden = true; };
  on(box, 'input', search);
  on(box, 'focus', search);
  on(list, 'click', close);
  on(d, 'click', (e) => {
    if (!e.target.closest('.find')) close();
    const row = e.target.matches('.tree dfn') && e.target.closest('[id]');
    if (row) history.replaceState(null, '', '#' + row.id);
    if (e.target.matches('.copy')) {
      navigator.clipboard.writeText(e.target.nextElementSibling.textContent).then(() => {
        e.target.textContent = 'Copied';
        setTimeout(() => { e.target.textContent = 'Copy'; }, 1500);
      });
    }
    if (innerWidth < 960 && e.target.closest('.contents a')) nav.firstElementChild.open = false;
  });
  on(d, 'keydown', (e) => {
    const now = d.activeElement, links = [...list.querySelectorAll('a')], at = links.indexOf(now);
    if (e.key === '/' && !now.matches('input, textarea')) {
      e.preventDefault();
      box.focus();
      box.select();
    } else if (e.key === 'Escape' && !hits.hidden) {
      box.value = '';
      box.focus();
      close();
    } else if (e.key === 'Enter' && now === box && links[0]) {
      links[0].click();
    } else if (/^Arrow(Up|Down)$/.test(e.key) && !hits.hidden && (now === box || at >= 0)) {
      e.preventDefault();
      (links[at + (e.key === 'ArrowDown' ? 1 : -1)] || box).focus();
    }
  });

  const reveal = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* It is none that was encoded. */ }
    const target = d.getElementById(id);
    if (!target) return;
    for (let e = target; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true;
    target.scrollIntoView();
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  };
  on(self, 'hashchange', reveal);
  if (location.hash) reveal();

  let marked, waits;
  const follow = () => {
    waits = 0;
    const bar = $('main').getBoundingClientRect(), seen = d.elementFromPoint(bar.left + bar.width / 2, 130);
    const part = seen && seen.closest('.card, main > section, .intro'), head = part && part.querySelector('[id]');
    const link = head && nav.querySelector('a[href="#' + CSS.escape(head.id) + '"]');
    if (!link || link === marked) return;
    if (marked) marked.removeAttribute('aria-current');
    (marked = link).setAttribute('aria-current', 'true');
    const up = link.closest('details');
    if (up !== nav.firstElementChild) up.open = true;
    nav.scrollTop += link.getBoundingClientRect().top - nav.getBoundingClientRect().top - nav.clientHeight / 2;
  };
  if (innerWidth >= 960) on(self, 'scroll', () => { waits ||= requestAnimationFrame(follow); }, { passive: true });
  else nav.firstElementChild.open = false;

  const trees = () => $$('main details');
  let all;
  on(fold, 'click', () => {
    all = !all;
    trees().forEach((e) => { e.open = all; });
    fold.textContent = all ? 'Collapse all' : 'Expand all';
  });
  let closed = [];
  on(self, 'beforeprint', () => {
    closed = trees().filter((e) => !e.open);
    closed.forEach((e) => { e.open = true; });
  });
  on(self, 'afterprint', () => closed.forEach((e) => { e.open = false; }));

  const words = ['receives', 'you send', 'sends', 'you receive'];
  const yours = (all, who, verb, rest) => '<strong>You<\/strong> ' + (verb < 's' ? 'send' : 'receive') +
    rest.replace('replies with', 'receive').replace(/\w+( for)? the repl\w+,/, 'reply with') + ' ' + who + verb + ' it.';
  on($('#side'), 'click', () => {
    const client = root.classList.toggle('client');
    ['section', 'li'].forEach((part) => {
      const [ins, outs] = ['in', 'out'].map((side) => $$(part + '[data-side=' + side + ']'));
      if (ins[0] && outs[0]) client ? ins[0].before(...outs) : outs[0].before(...ins);
    });
    $$('.sentence').forEach((p) => {
      p.own ||= p.innerHTML;
      p.innerHTML = client ? p.own.replace(/<span>(.*?> )(receives|sends)(.*?)<\/span>.*/s, yours) : p.own;
    });
    $$('.dot, .facts span, .badge:not(.view *)').forEach((b) => {
      b.classList.toggle('in');
      b.classList.toggle('out');
      b.textContent = words[words.indexOf(b.textContent) ^ 1] || b.textContent;
    });
    $('.glance tbody')?.append(...$$('tr:has(.in)'), ...$$('tr:has(.out)'));
  });

  const remember = (theme) => { try { return theme ? localStorage.setItem('theme', theme) : localStorage.getItem('theme'); } catch { return null; } };
  const apply = (theme) => { if (theme) root.dataset.theme = theme; };
  apply(remember());
  on($('#theme'), 'click', () => {
    const now = root.dataset.theme || (matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light');
    apply(now === 'dark' ? 'light' : 'dark');
    remember(root.dataset.theme);
  });
})();
