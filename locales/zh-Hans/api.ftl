# 描述 API 的页面。
api-title = 前端 API
api-lead = 供运营者自己的前端使用。其他应用使用授权端点。
api-programs = 供程序读取
api-takes = 接收
api-answers = 返回
api-shapes = 数据结构
