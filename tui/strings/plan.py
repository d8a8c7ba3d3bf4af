"""The words of the plan of measurement: what is measured next, why no more is, and what all of it costs."""

WORDS = {
    "reason.plan-settled": (
        "Measured enough: nothing else that can be measured here is likely to change the verdict (chance "
        "below {chance}).",
        "测量已足够：本机上能测的其他内容都不大可能改变结论（可能性低于 {chance}）。",
    ),
    "reason.plan-out-of-time": (
        "Stopped for want of time: next would be {model}, about {needed} minutes, and {left} are left.",
        "时间用完而停止：下一步是 {model}，约需 {needed} 分钟，只剩 {left} 分钟。",
    ),
    "reason.plan-failed": (
        "Stopped: what could still change the verdict was tried, and failed or was ended ({count}); "
        "the rows say why.",
        "已停止：仍可能改变结论的测量都已尝试，但失败或被结束（{count} 项），原因见各行。",
    ),
    "reason.plan-nothing-fits": (
        "Stopped: no model of these could be chosen, so nothing is worth measuring; the verdict says what "
        "each would need.",
        "已停止：这些模型都不可选，没有值得测量的；结论中列出各自所需。",
    ),
    "app.own.minutes": (
        "Minutes to spend; empty: everything",
        "可用的分钟数；留空：全部测量",
    ),
    "app.own.minutes-cost": (
        "Minutes to spend; empty: everything that is missing, about {cost}",
        "可用的分钟数；留空：测量所有尚缺的，约 {cost}",
    ),
    "app.own.minutes-example": (
        "30: what could change the verdict first, and no more than needed",
        "30：先测最可能改变结论的，测够即止",
    ),
    "problem.minutes-unreadable": (
        "{value} is no length of time: write 30, 30 min or 1.5 h, or nothing to measure everything.",
        "{value} 不是时长：请写 30、30 分钟或 1.5 小时，留空则全部测量。",
    ),
    "app.run.title-planned": (
        "Measuring for {budget} by plan: jobs ended {ended}, {time} of {limit}",
        "按计划测量（{budget}）：已结束 {ended} 个任务，{time}，上限 {limit}",
    ),
    "app.log.reason": ("{why}", "{why}"),
    "problem.app-fault": (
        "A fault of basefit itself ({detail}): please report it. What is measured is kept; r tries again.",
        "basefit 自身出错（{detail}）：请反馈。已测得的会保留；按 r 重试。",
    ),
}
