"""The words around a measurement that goes on by itself: quitting, attaching, what is told at its end."""

WORDS = {
    "running.jobs": ("{ended} of {jobs} jobs", "已完成 {ended}/{jobs} 个任务"),
    "running.left": ("{jobs}, {time} left", "{jobs}，还需 {time}"),
    "running.preparing": ("reading the models", "正在读取模型"),
    "running.goes-on": (
        "A measurement goes on ({standing}): press 4 to see it.",
        "有测量正在进行（{standing}）：按 4 查看。",
    ),
    "problem.measurement-kept": (
        "The measurement goes on by itself: `basefit attach` follows it, `basefit attach --stop` ends it.",
        "测量继续在后台进行：basefit attach 可跟随，basefit attach --stop 可结束。",
    ),
    "problem.run-lost": (
        "The process that measured is gone (killed, or short of memory): what was measured is kept, and r, "
        "or the same command, measures the rest. {detail}",
        "负责测量的进程已不在（被终止或内存不足）：已测得的会保留，"
        "按 r 或运行同一命令即可补测其余。{detail}",
    ),
    "app.quit.title": ("A measurement goes on ({standing}).", "有测量正在进行（{standing}）。"),
    "app.quit.race": ("A race goes on.", "有试训竞赛正在进行。"),
    "app.quit.kept": (
        "What is measured is kept. Kept running, it goes on without this app and this terminal; the next "
        "start shows it, and so does `basefit attach`.",
        "已测得的会保留。若选择继续，测量将脱离本应用和终端在后台进行；"
        "下次启动或用 basefit attach 可查看。",
    ),
    "app.quit.here": (
        "It runs inside this app and ends with it; what is measured is kept, and it can go on later.",
        "它在本应用内运行，会随之结束；已测得的会保留，以后可继续。",
    ),
    "app.quit.keep": ("Keep it running (k)", "让它继续（k）"),
    "app.quit.stop": ("Stop it (s)", "停止（s）"),
    "app.quit.stay": ("Stay here (Esc)", "留在这里（Esc）"),
    "app.quit.stopping": ("Stopping ...", "正在停止……"),
    "app.key.quit-keep": ("keep running", "继续"),
    "app.key.quit-stop": ("stop", "停止"),
    "cli.attached": (
        "Following {command} ({standing}). Ctrl-C detaches: the run goes on.",
        "正在跟随 {command}（{standing}）。按 Ctrl-C 脱离，运行会继续。",
    ),
    "cli.detached": (
        "Detached: the run goes on. `basefit attach` follows it again, `basefit attach --stop` ends it.",
        "已脱离，运行仍在继续。basefit attach 可再次跟随，basefit attach --stop 可结束。",
    ),
    "cli.attach-none": ("Nothing is running.", "没有正在进行的运行。"),
    "cli.attach-over": ("Run {run} is over: {status}.", "运行 {run} 已结束：{status}。"),
    "cli.attach-ended": ("The run has ended: {status}.", "运行已结束：{status}。"),
    "cli.status.goes-on": ("running: {standing}", "进行中：{standing}"),
}
