"""Words about fetching models by name."""

WORDS = {
    "app.key.fetch": ("yes, fetch", "是，下载"),
    "app.key.not-fetch": ("no, or end it", "否，或结束下载"),
    "app.key.other-hub": ("ask the other hub", "改问另一个模型库"),
    "app.fetch.title": ("Not on this disk: fetch it?", "本机没有：要下载吗？"),
    "app.fetch.asking": ("Asking {hub} how large it is ...", "正在向 {hub} 询问大小 ..."),
    "app.fetch.size": (
        "{repo} ({hub}): {missing} to fetch, {whole} in all",
        "{repo}（{hub}）：需下载 {missing}，共 {whole}",
    ),
    "app.fetch.room": ("{needed} of {free} free on the disk", "需要 {needed}，磁盘可用 {free}"),
    "app.fetch.no-room": (
        "Too little room ({spare} must stay free): free some, or set {cache} to a larger disk.",
        "空间不足（须留出 {spare}）：请清理磁盘，或把 {cache} 设到更大的磁盘。",
    ),
    "app.fetch.progress": (
        "{repo}: {share} of {total}, {rate}/s, left {left}",
        "{repo}：{total} 的 {share}，{rate}/秒，剩余 {left}",
    ),
    "app.fetch.yes": ("Yes, fetch (y)", "是，下载（y）"),
    "app.fetch.no": ("No (n)", "否（n）"),
    "app.fetch.other": ("From {hub} instead (h)", "改从 {hub} 下载（h）"),
    "app.fetch.cancel": ("End the download; what has arrived is kept (n)", "结束下载，已下载的会保留（n）"),
    "app.fetch.declined": (
        "Nothing was fetched: {repos}. Start again to fetch, or name a directory.",
        "未下载：{repos}。再次开始即可下载，或改填本地目录。",
    ),
    "hub.ask": (
        "{repo} is not on this disk. Fetch {missing} from {hub}? {free} are free. [y/N] ",
        "本机没有 {repo}。要从 {hub} 下载 {missing} 吗？磁盘可用 {free}。[y/N] ",
    ),
    "hub.silent": (
        "{hub} has sent nothing for {seconds:g} s: asked again ({attempt} of {of}).",
        "{hub} 已 {seconds:g} 秒没有发送数据：再次请求（第 {attempt} 次，共 {of} 次）。",
    ),
    "hub.open-token": (
        "Your {hub} token goes to {endpoint} unencrypted: use https, or unset it: {login}.",
        "您的 {hub} 令牌将以明文发送到 {endpoint}：请改用 https，或取消它：{login}。",
    ),
    "hub.fetching": (
        "Fetching {repo} from {hub} at {commit}: {missing}.",
        "正在从 {hub} 下载 {repo}（{commit}）：{missing}。",
    ),
    "hub.fetching-data": (
        "Fetching {repo} from {hub}: {missing}.",
        "正在从 {hub} 下载 {repo}：{missing}。",
    ),
    "problem.hub-unknown": (
        "There is no hub {given}: say {known} to --hub, or in BASEFIT_HUB.",
        "没有名为 {given} 的模型库：请对 --hub 或 BASEFIT_HUB 给出 {known}。",
    ),
    "problem.hub-no-id": (
        "What {model} is called on {hub} is not known: give its name there, OWNER/NAME, or --hub {other}.",
        "不知道 {model} 在 {hub} 上的名称：请给出那里的 OWNER/NAME，或改用 --hub {other}。",
    ),
    "problem.hub-token": (
        "The token in {login} holds what no token does, so it was not sent: set it anew, or unset it.",
        "{login} 中的令牌含有不可能出现的字符，因此没有发送：请重新设置，或取消它。",
    ),
    "problem.hub-models-only": (
        "From {hub} only models are fetched: give {repo} as a file, or name it on Hugging Face.",
        "从 {hub} 只下载模型：请把 {repo} 作为文件给出，或给出它在 Hugging Face 上的名称。",
    ),
    "problem.hub-declined": (
        "{repo} was not fetched: give --yes to agree to {missing_bytes} from {hub}, or the directory of "
        "a copy.",
        "未下载 {repo}：用 --yes 表示同意从 {hub} 下载 {missing_bytes}，或给出本地副本的目录。",
    ),
    "problem.hub-gated": (
        "{repo} is gated: accept its terms on its page at {hub}, then log in: set {login}.",
        "{repo} 需要授权：请先在 {hub} 的页面接受条款，再登录：设置 {login}。",
    ),
    "problem.hub-not-found": (
        "{hub} knows no {repo}, or it is private: check the name, or log in: set {login}.",
        "{hub} 上没有 {repo}，或者它是私有的：请检查名称，或登录：设置 {login}。",
    ),
    "problem.hub-no-revision": (
        "{repo} on {hub} has no such revision: leave it out, or name a branch, tag or commit there.",
        "{hub} 上的 {repo} 没有该版本：请去掉版本，或给出它的分支、标签或提交。",
    ),
    "problem.hub-unreachable": (
        "{hub} cannot be reached for {repo}: check the network, name a mirror with {variable}, or give "
        "another --hub.",
        "无法连接 {hub} 获取 {repo}：请检查网络，用 {variable} 指定镜像，或改用另一个 --hub。",
    ),
    "problem.hub-refused": (
        "{hub} answered {status} for {repo}: try again later; what has arrived is kept.",
        "{hub} 对 {repo} 的请求返回 {status}：请稍后再试；已下载的部分会保留。",
    ),
    "problem.hub-damaged": (
        "What arrived of {file} is not what {repo} holds, so it was thrown away: fetch it again.",
        "收到的 {file} 与 {repo} 中的不一致，已丢弃：请重新下载。",
    ),
    "problem.hub-silent": (
        "{hub} fell silent {times} times over {repo}: try again later; what has arrived is kept.",
        "获取 {repo} 时 {hub} 有 {times} 次没有响应：请稍后再试；已下载的部分会保留。",
    ),
    "problem.hub-endpoint": (
        "{variable} is {endpoint}, which is no address of a hub: give one that begins with https://.",
        "{variable} 是 {endpoint}，不是模型库的地址：请给出以 https:// 开头的地址。",
    ),
    "problem.hub-answer": (
        "The server's {field} for {repo} is {said}, which cannot be right, so it was not used: "
        "check {variable}, or name another mirror.",
        "服务器对 {repo} 给出的 {field} 是 {said}，不可能正确，因此没有采用："
        "请检查 {variable}，或换一个镜像。",
    ),
    "problem.hub-not-json": (
        "What {endpoint} sent for {repo} is no JSON, as a login page would be: check the network and "
        "{variable}.",
        "{endpoint} 对 {repo} 返回的不是 JSON（可能是登录页面）：请检查网络和 {variable}。",
    ),
    "problem.hub-too-large": (
        "{file} of {repo} has {size_bytes} or more where at most {most_bytes} may come: it was not kept; "
        "check {variable}, or name another mirror.",
        "{repo} 的 {file} 至少有 {size_bytes}，超过上限 {most_bytes}，因此没有保留："
        "请检查 {variable}，或换一个镜像。",
    ),
    "problem.hub-changed": (
        "{file} of {repo} became another while it was fetched: fetch it again.",
        "{repo} 的 {file} 在下载过程中发生了变化：请重新下载。",
    ),
    "problem.hub-no-space": (
        "{repo} needs {needed_bytes} and {path} has {free_bytes} free: free some, or set {cache} to "
        "a larger disk.",
        "{repo} 需要 {needed_bytes}，而 {path} 只有 {free_bytes} 可用："
        "请清理磁盘，或把 {cache} 设到更大的磁盘。",
    ),
}
